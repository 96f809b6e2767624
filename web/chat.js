import { contentOf } from './content.js'
import { mountConversation } from './conversation.js'
import { copy, fill, one } from './dom.js'
import { mountList, mountSearch } from './list.js'
import { preview } from './message.js'
import { createMessenger } from './messenger.js'
import { routed } from './route.js'
import { mountRenewal } from './sign.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** The page of somebody who is logged in. @type {T.MountChat} */
export function mountChat(root, me, onLogout) {
  const shell = copy('chat')
  const main = one(shell, 'main')
  const messenger = createMessenger({ me, onEnded: () => renew(true), onNews })
  const { store, reconnect } = messenger
  /** @type {T.NameOf} */
  const nameOf = (id) => store.state.users[id]?.username ?? ''
  const updateList = mountList(shell, messenger)
  mountSearch(shell, messenger)
  root.replaceChildren(shell)
  const renew = mountRenewal(root, { me, name: () => nameOf(me), onRenewed: reconnect, onLogout })
  one(shell, '#logout').onclick = onLogout
  one(shell, '.line button').onclick = reconnect
  one(shell, '.skip').onclick = () => (main.querySelector('textarea') ?? main).focus()
  /** @type {ReturnType<T.MountConversation> | undefined} */
  let updateConversation

  /** Tells those who listen. @param {T.News} message */
  function onNews(message) {
    const text = preview(contentOf(message))
    one(shell, '#news').textContent = t('from', { name: nameOf(message.sender_id), text })
  }

  /** A pane without a conversation. @param {string} title */
  function empty(title, hint = '') {
    const nothing = copy('nothing')
    fill(nothing, { h2: title, p: hint })
    main.replaceChildren(nothing)
  }

  /** Shows what the address names. */
  async function follow() {
    const who = routed()
    shell.dataset['pane'] = who ? 'talk' : 'list'
    updateConversation = undefined
    store.dispatch({ type: 'opened', peer: null })
    if (!who) return empty(t('choose'), t('chooseHint'))
    empty(t('loading'))
    const user = await messenger.resolve(who).catch(() => undefined)
    if (who !== routed()) return
    if (!user) return empty(t('unknown', { text: who }))
    store.dispatch({ type: 'opened', peer: user.id })
    updateConversation = mountConversation(main, messenger, user)
    updateConversation()
  }

  store.subscribe((state) => {
    const { link, storing, talks, open } = state
    updateList(state)
    updateConversation?.()
    const lost = link !== 'online' && link !== 'connecting'
    fill(shell, { '.line span': lost ? t(link) : storing ? '' : t('notStoring') })
    one(shell, '.line').hidden = !lost && storing
    one(shell, '.line button').hidden = !lost
    const unread = Object.values(talks).reduce((sum, talk) => sum + talk.unread, 0)
    const name = nameOf(open ?? '')
    document.title = `${unread ? `(${unread}) ` : ''}${name && `${name} · `}${t('title')}`
  })
  document.addEventListener('visibilitychange', () => updateConversation?.())
  addEventListener('hashchange', follow)
  follow()
}

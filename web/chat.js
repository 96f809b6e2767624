import { contentOf } from './content.js'
import { mountConversation } from './conversation.js'
import { copy, fill, one } from './dom.js'
import { mountList } from './list.js'
import { preview } from './message.js'
import { createMessenger } from './messenger.js'
import { mountRenewal } from './renew.js'
import { routed } from './route.js'
import { mountSearch } from './search.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** The page of somebody who is logged in. @type {T.MountChat} */
export function mountChat(root, me, onLogout) {
  const shell = copy('chat')
  const main = one(shell, 'main')
  const messenger = createMessenger({ me, onEnded: () => renewal.ended(), onNews })
  const { store, reconnect } = messenger
  /** @param {string} id */
  const nameOf = (id) => store.state.users[id]?.username ?? ''
  const updateList = mountList(shell, messenger)
  mountSearch(shell, messenger)
  root.append(shell)
  const renewal = mountRenewal(root, { me, name: () => nameOf(me), onRenewed: reconnect, onLogout })
  one(shell, '#logout').onclick = onLogout
  one(shell, '.line button').onclick = reconnect
  // The hash is the page's address, so this link is followed by hand.
  one(shell, '.skip').onclick = (event) => {
    event.preventDefault()
    ;(main.querySelector('textarea') ?? main).focus()
  }
  /** @type {ReturnType<T.MountConversation> | undefined} */
  let conversation
  let turn = 0

  /** Tells those who listen. @param {T.News} message */
  function onNews(message) {
    const text = preview(contentOf(message))
    fill(shell, { '#news': t('from', { name: nameOf(message.sender_id), text }) })
  }

  /** A pane without a conversation. @param {string} title @param {string} [hint] */
  function empty(title, hint = '') {
    const nothing = copy('nothing')
    fill(nothing, { h2: title, p: hint })
    main.replaceChildren(nothing)
  }

  /** Shows what the address names. */
  async function follow() {
    turn += 1
    const mine = turn
    const who = routed()
    shell.dataset['pane'] = who ? 'talk' : 'list'
    conversation?.stop()
    conversation = undefined
    store.dispatch({ type: 'opened', peer: null })
    if (!who) return empty(t('choose'), t('chooseHint'))
    empty(t('loading'))
    const user = await messenger.resolve(who).catch(() => undefined)
    if (mine !== turn) return
    if (!user) return empty(t('unknown', { text: who }))
    store.dispatch({ type: 'opened', peer: user.id })
    main.replaceChildren()
    conversation = mountConversation(main, messenger, user)
    conversation.update(store.state)
  }

  /** The quiet line about the connection, hidden while all is well. @param {T.State} state */
  function updateLine({ link, storing }) {
    const lost = link !== 'online' && link !== 'connecting'
    const text = lost ? t(link) : storing ? '' : t('notStoring')
    const line = one(shell, '.line')
    line.hidden = text === ''
    one(line, 'button').hidden = !lost
    if (one(line, 'span').textContent !== text) fill(line, { span: text })
  }

  const unsubscribe = store.subscribe((state) => {
    updateList(state)
    updateLine(state)
    conversation?.update(state)
    const unread = Object.values(state.talks).reduce((sum, talk) => sum + talk.unread, 0)
    const name = nameOf(state.open ?? '')
    document.title = `${unread ? `(${unread}) ` : ''}${name && `${name} · `}${t('title')}`
  })
  addEventListener('hashchange', follow)
  follow()

  return () => {
    turn += 1
    removeEventListener('hashchange', follow)
    unsubscribe()
    for (const part of [conversation, renewal, messenger]) part?.stop()
  }
}

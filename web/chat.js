import { contentOf } from './content.js'
import { mountConversation } from './conversation.js'
import { copy, one } from './dom.js'
import { mountList } from './list.js'
import { preview } from './message.js'
import { createMessenger } from './messenger.js'
import { mountRenewal } from './renew.js'
import { routed } from './route.js'
import { mountSearch } from './search.js'
import { t } from './text.js'

/** A short loss of the connection is not worth a word. */
const PATIENCE_MS = 1000

/** The page of somebody who is logged in. @param {HTMLElement} root @param {string} me @param {() => void} onLogout */
export function mountChat(root, me, onLogout) {
  const shell = copy('chat')
  const main = one(shell, 'main')
  const news = one(shell, '#news')
  const messenger = createMessenger({
    me,
    onEnded: () => renewal.ended(),
    onNews(message) {
      const text = preview(contentOf(message))
      news.textContent = t('from', { name: store.state.users[message.sender_id]?.username ?? '', text })
    },
  })
  const { store } = messenger
  const name = () => store.state.users[me]?.username ?? ''
  const list = mountList(shell, messenger)
  mountSearch(shell, messenger)
  mountLine(one(shell, '.line'), messenger)
  root.append(shell)
  one(shell, '#logout').onclick = onLogout
  const renewal = mountRenewal(root, { me, name, onRenewed: messenger.reconnect, onLogout })
  // The hash is the page's address, so this link is followed by hand.
  one(shell, '.skip').onclick = (event) => {
    event.preventDefault()
    ;(main.querySelector('textarea') ?? main).focus()
  }
  /** @type {ReturnType<typeof mountConversation> | undefined} */
  let conversation
  /** The newest call of `follow`. */
  let turn = {}

  /** @param {string} title @param {string} hint */
  function empty(title, hint) {
    const nothing = copy('nothing')
    one(nothing, 'h2').textContent = title
    one(nothing, 'p').textContent = hint
    main.replaceChildren(nothing)
  }

  /** Shows what the address names. */
  async function follow() {
    const mine = {}
    turn = mine
    const who = routed()
    shell.dataset['pane'] = who === null ? 'list' : 'talk'
    conversation?.stop()
    conversation = undefined
    if (who === null) {
      store.dispatch({ type: 'opened', peer: null })
      return empty(t('choose'), t('chooseHint'))
    }
    empty(t('loading'), '')
    const user = await messenger.resolve(who).catch(() => undefined)
    if (mine !== turn) return
    if (!user) return empty(t('unknown', { text: who }), '')
    store.dispatch({ type: 'opened', peer: user.id })
    main.replaceChildren()
    conversation = mountConversation(main, messenger, user)
    conversation.update(store.state)
  }

  const unsubscribe = store.subscribe((state) => {
    list.update(state)
    conversation?.update(state)
    const unread = Object.values(state.talks).reduce((sum, talk) => sum + talk.unread, 0)
    const user = state.users[state.open ?? '']
    document.title = `${unread ? `(${unread}) ` : ''}${user ? `${user.username} · ` : ''}${t('title')}`
  })
  addEventListener('hashchange', follow)
  follow()

  return () => {
    turn = {}
    removeEventListener('hashchange', follow)
    unsubscribe()
    conversation?.stop()
    renewal.stop()
    messenger.stop()
  }
}

/** The quiet line about the connection, hidden while all is well. @param {HTMLElement} line @param {import('./types.ts').Messenger} messenger */
function mountLine(line, { store, reconnect }) {
  const button = one(line, 'button')
  button.onclick = reconnect
  let wanted = ''
  store.subscribe(({ link, storing }) => {
    const lost = link === 'online' || link === 'connecting' ? '' : t(link)
    const words = lost || (storing ? '' : t('notStoring'))
    if (words === wanted) return
    wanted = words
    const apply = () => {
      if (words !== wanted) return
      line.hidden = words === ''
      one(line, 'span').textContent = words
      button.hidden = lost === ''
    }
    if (words && line.hidden) setTimeout(apply, PATIENCE_MS)
    else apply()
  })
}

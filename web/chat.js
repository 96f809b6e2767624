import { contentOf } from './content.js'
import { mountConversation } from './conversation.js'
import { h, icon } from './dom.js'
import { mountList } from './list.js'
import { createMessenger } from './messenger.js'
import { preview } from './preview.js'
import { mountRenewal } from './renew.js'
import { routed } from './route.js'
import { readSession } from './session.js'
import { mountStatus } from './status.js'
import { t } from './text.js'

/**
 * The page of somebody who is logged in: the list, the conversation, a quiet line about the connection.
 * @param {HTMLElement} root
 * @param {{ me: string, onLogout: () => void }} options
 * @returns {() => void} takes it down
 */
export function mountChat(root, { me, onLogout }) {
  const token = () => readSession()?.token ?? ''
  const messenger = createMessenger({ me, onEnded: () => renewal.ended() })
  const { store } = messenger
  const main = h('main', { class: 'talk', id: 'talk', tabindex: '-1' })
  const shell = h('div', { class: 'shell' })
  const news = h('div', { class: 'spoken', role: 'status', id: 'news' })
  const skip = h('a', { class: 'skip', href: '#talk', onclick: jump }, t('skip'))
  const list = mountList(shell, { messenger, onLogout })
  shell.prepend(skip, mountStatus(messenger))
  shell.append(main)
  root.append(shell, news)
  const name = () => store.state.users[me]?.username ?? ''
  const renewal = mountRenewal(root, { me, token, name, onRenewed: messenger.reconnect, onLogout })
  /** @type {{ update: (state: import('./state.js').State) => void, stop: () => void } | undefined} */
  let conversation
  /** Which call of `follow` is the newest. */
  let turn = 0

  /** The hash is the page's address, so the link is followed by hand. @param {Event} event */
  function jump(event) {
    event.preventDefault()
    ;(main.querySelector('textarea') ?? main).focus()
  }

  /** Shows what the address names. */
  async function follow() {
    const mine = ++turn
    const who = routed()
    shell.dataset['pane'] = who === null ? 'list' : 'talk'
    conversation?.stop()
    conversation = undefined
    if (who === null) {
      store.dispatch({ type: 'opened', peer: null })
      main.replaceChildren(nothing(t('choose'), t('chooseHint')))
      return
    }
    main.replaceChildren(nothing(t('loading'), ''))
    const user = await messenger.resolve(who).catch(() => undefined)
    if (mine !== turn) return
    if (!user) {
      main.replaceChildren(nothing(t('unknown', { text: who }), '', h('a', { href: '#/' }, t('back'))))
      return
    }
    store.dispatch({ type: 'opened', peer: user.id })
    main.replaceChildren()
    conversation = mountConversation(main, { messenger, user })
    conversation.update(store.state)
  }

  const unsubscribe = store.subscribe((state) => {
    list.update(state)
    conversation?.update(state)
    const unread = Object.values(state.talks).reduce((sum, talk) => sum + talk.unread, 0)
    const user = state.open ? state.users[state.open] : undefined
    document.title = `${unread ? `(${unread}) ` : ''}${user ? `${user.username} · ` : ''}${t('title')}`
  })

  messenger.onNews((message) => {
    const sender = store.state.users[message.sender_id]
    if (sender) news.textContent = t('from', { name: sender.username, text: preview(contentOf(message)) })
  })

  addEventListener('hashchange', follow)
  follow()
  return () => {
    turn += 1
    removeEventListener('hashchange', follow)
    unsubscribe()
    conversation?.stop()
    renewal.stop()
    messenger.stop()
  }
}

/** A pane without content. @param {string} title @param {string} hint @param {Node[]} rest */
function nothing(title, hint, ...rest) {
  return h(
    'div',
    { class: 'nothing' },
    icon('talk'),
    h('h2', {}, title),
    hint && h('p', { class: 'quiet' }, hint),
    ...rest,
  )
}

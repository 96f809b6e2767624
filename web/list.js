import { contentOf } from './content.js'
import { arrange, avatar, h, icon, spoken } from './dom.js'
import { preview } from './preview.js'
import { addressOf } from './route.js'
import { mountSearch } from './search.js'
import { latest, ordered } from './talk.js'
import { t } from './text.js'
import { ageOf, momentOf } from './time.js'

/**
 * The conversations, newest first, and the search for people.
 * @param {HTMLElement} root
 * @param {{ messenger: import('./messenger.js').Messenger, onLogout: () => void }} options
 */
export function mountList(root, { messenger, onLogout }) {
  const own = h('bdi', { class: 'own' })
  const face = h('span', { class: 'face' })
  const out = h(
    'button',
    { type: 'button', class: 'round', 'aria-label': t('logout'), title: t('logout') },
    icon('leave'),
  )
  out.addEventListener('click', onLogout)
  const items = h('ul', { class: 'items' })
  const empty = h(
    'div',
    { class: 'none' },
    h('p', {}, t('noConversations')),
    h('p', { class: 'quiet' }, t('noConversationsHint')),
  )
  const more = h('button', { type: 'button', class: 'link', onclick: () => messenger.moreTalks() }, t('more'))
  const talks = h('div', { class: 'talks' }, items, empty, more)
  root.append(
    h(
      'nav',
      { class: 'side', 'aria-label': t('conversations') },
      h('header', { class: 'bar' }, face, h('div', { class: 'names' }, h('h1', {}, t('title')), own), out),
      mountSearch(messenger, talks),
      talks,
    ),
  )
  /** @type {Map<string, ReturnType<typeof createItem>>} */
  const known = new Map()

  return {
    /** @param {import('./state.js').State} state */
    update(state) {
      const name = state.users[state.me]?.username ?? ''
      if (own.textContent !== name) {
        own.textContent = name
        face.replaceChildren(avatar(state.me, name))
      }
      const wanted = ordered(state.talks, state.open).map(({ peer, talk }) => {
        const item = known.get(peer) ?? createItem(peer)
        known.set(peer, item)
        item.update(state, talk)
        return item.element
      })
      arrange(items, wanted)
      empty.hidden = wanted.length > 0 || !state.listed
      more.hidden = state.more === null
    },
  }
}

/** One conversation of the list. @param {string} peer */
function createItem(peer) {
  const face = h('span', { class: 'face' })
  const name = h('bdi', { class: 'name' })
  const time = h('time', {})
  const text = h('span', { class: 'preview', dir: 'auto' })
  const count = h('span', { class: 'count' })
  const link = h('a', {}, face, h('span', { class: 'top' }, name, time), h('span', { class: 'under' }, text, count))
  const element = h('li', {}, link)
  /** What the element shows. @type {unknown[]} */
  let shown = []

  return {
    element,
    /** @param {import('./state.js').State} state @param {import('./talk.js').Talk} talk */
    update(state, talk) {
      const user = state.users[peer]
      const last = latest(talk)
      const open = state.open === peer
      const now = [user, last, talk.unread, open, new Date().getDate()]
      if (now.every((value, index) => value === shown[index])) return
      shown = now
      const label = peer === state.me ? t('yourself') : (user?.username ?? '…')
      face.replaceChildren(avatar(peer, label))
      name.textContent = label
      link.setAttribute('href', addressOf(user?.username ?? peer))
      if (open) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
      time.textContent = last ? ageOf(last.created_at) : ''
      time.title = last ? momentOf(last.created_at) : ''
      time.dateTime = last?.created_at ?? ''
      const mine = last?.sender_id === state.me && peer !== state.me
      text.textContent = last ? `${mine ? `${t('you')}: ` : ''}${preview(contentOf(last))}` : ''
      count.replaceChildren()
      if (talk.unread > 0) {
        const number = h('span', { 'aria-hidden': 'true' }, talk.unread > 99 ? '99+' : String(talk.unread))
        count.append(number, spoken(t('unread', { n: talk.unread })))
      }
      element.classList.toggle('unread', talk.unread > 0)
    },
  }
}

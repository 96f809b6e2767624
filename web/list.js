import { contentOf } from './content.js'
import { arrange, avatar, copy, h, one, spoken } from './dom.js'
import { preview } from './message.js'
import { addressOf } from './route.js'
import { latest, ordered } from './talk.js'
import { t } from './text.js'
import { ageOf, momentOf } from './time.js'

/** @import { State, Talk } from './types.ts' */

/** The conversations, newest first. @param {HTMLElement} shell @param {import('./types.ts').Messenger} messenger */
export function mountList(shell, messenger) {
  const items = one(shell, '.talks .items')
  const more = one(shell, '#more')
  const own = one(shell, '.own')
  more.onclick = messenger.moreTalks
  /** @type {Map<string, ReturnType<typeof createItem>>} */
  const known = new Map()

  /** @param {State} state */
  function update(state) {
    const name = state.users[state.me]?.username ?? ''
    if (own.textContent !== name) one(shell, '.face').replaceChildren(avatar(state.me, name))
    own.textContent = name
    const wanted = ordered(state.talks, state.open).map(({ peer, talk }) => {
      const item = known.get(peer) ?? createItem(peer)
      known.set(peer, item)
      item.update(state, talk)
      return item.element
    })
    arrange(items, wanted)
    one(shell, '.none').hidden = wanted.length > 0 || !state.listed
    more.hidden = state.more === null
  }
  return { update }
}

/** One conversation of the list. @param {string} peer */
function createItem(peer) {
  const element = copy('item')
  const link = one(element, 'a')
  const time = one(element, 'time', HTMLTimeElement)
  /** What the element shows. @type {unknown[]} */
  let shown = []

  /** @param {State} state @param {Talk} talk */
  function update({ me, open, users }, talk) {
    const { unread } = talk
    const last = latest(talk)
    const now = [users[peer], last, unread, open === peer, new Date().getDate()]
    if (now.every((value, index) => value === shown[index])) return
    shown = now
    const username = users[peer]?.username
    const name = peer === me ? t('yourself') : (username ?? '…')
    link.href = addressOf(username ?? peer)
    if (open === peer) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
    one(element, '.face').replaceChildren(avatar(peer, name))
    one(element, '.name').textContent = name
    time.textContent = last ? ageOf(last.created_at) : ''
    time.title = last ? momentOf(last.created_at) : ''
    const you = last?.sender_id === me && peer !== me ? `${t('you')}: ` : ''
    one(element, '.preview').textContent = last ? you + preview(contentOf(last)) : ''
    const number = h('span', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : String(unread))
    one(element, '.count').replaceChildren(...(unread ? [number, spoken(t('unread', { n: unread }))] : []))
    element.classList.toggle('unread', unread > 0)
  }
  return { element, update }
}

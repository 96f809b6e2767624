import { contentOf } from './content.js'
import { arrange, avatar, copy, fill, h, one, spoken } from './dom.js'
import { preview } from './message.js'
import { addressOf } from './route.js'
import { latest, ordered } from './talk.js'
import { t } from './text.js'
import { ageOf } from './time.js'

/** @import * as T from './types.ts' */

/** The conversations, newest first; returns what brings them up to date. @param {HTMLElement} shell @param {T.Messenger} messenger */
export function mountList(shell, { moreTalks }) {
  one(shell, '#more').onclick = moreTalks
  /** @type {Map<string, ReturnType<T.CreateItem>>} */
  const known = new Map()

  return (/** @type {T.State} */ state) => {
    const name = state.users[state.me]?.username ?? ''
    if (one(shell, '.own').textContent !== name) one(shell, '.face').replaceChildren(avatar(state.me, name))
    const wanted = ordered(state).map(({ peer, talk }) => {
      const item = known.get(peer) ?? createItem(peer)
      known.set(peer, item)
      item.update(state, talk)
      return item.element
    })
    fill(shell, { '.own': name })
    arrange(one(shell, '.talks .items'), wanted)
    one(shell, '.none').hidden = wanted.length > 0 || !state.listed
    one(shell, '#more').hidden = state.more === null
  }
}

/** One conversation of the list. @type {T.CreateItem} */
function createItem(peer) {
  const element = copy('item')
  const link = one(element, 'a')
  /** What the element shows. @type {unknown[]} */
  let shown = []

  return {
    element,
    update({ me, open, users }, talk) {
      const { unread } = talk
      const last = latest(talk)
      const username = users[peer]?.username
      const now = [username, last, unread, open === peer, new Date().getDate()]
      if (now.every((value, index) => value === shown[index])) return
      shown = now
      const name = peer === me ? t('yourself') : (username ?? '…')
      const you = last?.sender_id === me && peer !== me ? `${t('you')}: ` : ''
      fill(element, {
        '.name': name,
        time: last ? ageOf(last.created_at) : '',
        '.preview': last ? you + preview(contentOf(last)) : '',
      })
      one(element, '.face').replaceChildren(avatar(peer, name))
      const number = h('span', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : `${unread}`)
      one(element, '.count').replaceChildren(...(unread ? [number, spoken(t('unread', { n: unread }))] : []))
      element.classList.toggle('unread', unread > 0)
      link.setAttribute('href', addressOf(username ?? peer))
      if (open === peer) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    },
  }
}

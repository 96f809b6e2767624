import { contentOf } from './content.js'
import { arrange, copy, draw, fill, one } from './dom.js'
import { preview } from './message.js'
import { addressOf } from './route.js'
import { latest, ordered } from './talk.js'
import { ageOf, t } from './text.js'

/** @import * as T from './types.ts' */

const PAUSE_MS = 180

/** The conversations, newest first; returns what brings them up to date. @type {T.MountList} */
export function mountList(shell, { moreTalks }) {
  one(shell, '#more').onclick = moreTalks
  /** @type {Map<string, HTMLElement>} */
  const known = new Map()

  return (state) => {
    const { me, users, listed, more } = state
    const name = users[me]?.username ?? ''
    const items = ordered(state).map(({ peer, talk }) => {
      const item = known.get(peer) ?? copy('item')
      known.set(peer, item)
      update(item, peer, talk, state)
      return item
    })
    fill(shell, { '.own': name })
    draw(shell, me, name)
    arrange(one(shell, '.talks .items'), items)
    one(shell, '.none').hidden = items.length > 0 || !listed
    one(shell, '#more').hidden = more === null
  }
}

/** @type {T.UpdateItem} */
function update(item, peer, talk, { me, open, users }) {
  const { unread } = talk
  const last = latest(talk)
  const username = users[peer]?.username
  const name = peer === me ? t('yourself') : (username ?? '…')
  const you = last?.sender_id === me && peer !== me ? `${t('you')}: ` : ''
  draw(item, peer, name)
  fill(item, {
    '.name': name,
    time: last ? ageOf(last.created_at) : '',
    '.preview': last ? you + preview(contentOf(last)) : '',
    '.count': unread ? `${unread}` : '',
    '.spoken': unread ? t('unread', { n: unread }) : '',
  })
  const link = one(item, 'a')
  link.href = addressOf(username ?? peer)
  link.ariaCurrent = open === peer ? 'page' : null
}

/** Finds people by the start of their name, in place of the list. @type {T.MountSearch} */
export function mountSearch(shell, { search }) {
  const finder = one(shell, '.finder')
  const input = one(finder, 'input')
  const results = one(finder, '.results')
  const found = one(results, 'ul')
  /** @type {T.Timer} */
  let timer

  async function look() {
    clearTimeout(timer)
    const text = input.value.trim()
    results.hidden = text === ''
    one(shell, '.talks').hidden = text !== ''
    const users = text ? await search(text).catch(() => undefined) : []
    if (input.value.trim() !== text) return
    fill(results, { p: users?.length ? t('people') : users ? t('nobody', { text }) : t('unreachable') })
    const items = (users ?? []).map(({ id, username }) => {
      const item = copy('person')
      draw(item, id, username)
      fill(item, { bdi: username })
      one(item, 'a').href = addressOf(username)
      return item
    })
    found.replaceChildren(...items)
  }

  function clear() {
    input.value = ''
    look()
  }

  input.oninput = () => {
    clearTimeout(timer)
    timer = setTimeout(look, PAUSE_MS)
  }
  found.onclick = clear
  one(finder, 'form').onsubmit = async (event) => {
    event.preventDefault()
    await look()
    found.querySelector('a')?.click()
  }
  // Arrows walk through the people, Escape ends the search.
  finder.onkeydown = (event) => {
    const stops = [input, ...found.querySelectorAll('a')]
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -Infinity }[event.key]
    if (step === undefined) return
    event.preventDefault()
    if (event.key === 'Escape') clear()
    stops[Math.max(0, stops.findIndex((stop) => stop.matches(':focus')) + step)]?.focus()
  }
}

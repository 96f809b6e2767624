import { avatar, fill, h, one } from './dom.js'
import { addressOf } from './route.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** A pause in typing that is worth a request. */
const PAUSE_MS = 180

/** Finds people by the start of their name; while it does, it takes the place of the list. @param {HTMLElement} shell @param {T.Messenger} messenger */
export function mountSearch(shell, { search, store }) {
  const finder = one(shell, '.finder')
  const input = one(finder, 'input', HTMLInputElement)
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
    const links = (users ?? []).map(({ id, username }) => {
      const name = id === store.state.me ? `${username} · ${t('yourself')}` : username
      return h('li', {}, h('a', { href: addressOf(username) }, avatar(id, username), h('bdi', {}, name)))
    })
    found.replaceChildren(...links)
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
  // Enter opens the first person found.
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

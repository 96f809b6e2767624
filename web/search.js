import { avatar, h, one } from './dom.js'
import { addressOf } from './route.js'
import { t } from './text.js'

/** A pause in typing that is worth a request. */
const PAUSE_MS = 180

/** Finds people by the start of their name; while it does, it takes the place of the list. @param {HTMLElement} shell @param {import('./types.ts').Messenger} messenger */
export function mountSearch(shell, { search, store }) {
  const finder = one(shell, '.finder')
  const input = one(finder, 'input', HTMLInputElement)
  const results = one(finder, '.results')
  const found = one(results, 'ul')
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  async function look() {
    const text = input.value.trim()
    results.hidden = text === ''
    one(shell, '.talks').hidden = text !== ''
    const users = text ? await search(text).catch(() => undefined) : []
    if (input.value.trim() !== text) return
    const words = users?.length ? t('people') : users ? t('nobody', { text }) : t('unreachable')
    one(results, 'p').textContent = words
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
  one(finder, 'form', HTMLFormElement).onsubmit = async (event) => {
    event.preventDefault()
    clearTimeout(timer)
    await look()
    found.querySelector('a')?.click()
  }
  // Arrows walk through the people, Escape ends the search.
  finder.onkeydown = (event) => {
    const stops = [input, ...found.querySelectorAll('a')]
    const at = stops.findIndex((stop) => stop.matches(':focus'))
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -at }[event.key]
    if (step === undefined) return
    event.preventDefault()
    if (event.key === 'Escape') clear()
    stops[at + step]?.focus()
  }
}

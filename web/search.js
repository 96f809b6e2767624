import { avatar, h, icon } from './dom.js'
import { addressOf } from './route.js'
import { t } from './text.js'

/** A pause in typing that is worth a request. */
const PAUSE_MS = 180

/**
 * Finds people by the start of their name; while it does, it takes the place of the list.
 * @param {import('./messenger.js').Messenger} messenger
 * @param {HTMLElement} list
 */
export function mountSearch(messenger, list) {
  const input = h('input', {
    type: 'search',
    id: 'search',
    placeholder: t('search'),
    'aria-label': t('search'),
    autocomplete: 'off',
    maxlength: 50,
    spellcheck: 'false',
    dir: 'auto',
    oninput: () => {
      clearTimeout(timer)
      timer = setTimeout(look, PAUSE_MS)
    },
    onkeydown: key,
  })
  const found = h('ul', { class: 'items', onkeydown: key })
  const word = h('p', { class: 'quiet', role: 'status' })
  const results = h('section', { class: 'results', 'aria-label': t('people'), hidden: true }, word, found)
  const form = h('form', { class: 'search', role: 'search', onsubmit: first }, icon('search'), input)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let turn = 0

  async function look() {
    const text = input.value.trim()
    const mine = ++turn
    results.hidden = text === ''
    list.hidden = text !== ''
    if (text === '') return
    const users = await messenger.search(text).catch(() => undefined)
    if (mine !== turn) return
    word.textContent = users ? (users.length ? t('people') : t('nobody', { text })) : t('unreachable')
    found.replaceChildren(
      ...(users ?? []).map((user) => {
        messenger.store.dispatch({ type: 'user', user })
        const name = user.id === messenger.store.state.me ? `${user.username} · ${t('yourself')}` : user.username
        const link = h(
          'a',
          { href: addressOf(user.username), onclick: clear },
          avatar(user.id, user.username),
          h('bdi', {}, name),
        )
        return h('li', {}, link)
      }),
    )
  }

  function clear() {
    input.value = ''
    clearTimeout(timer)
    look()
  }

  /** Enter opens the first person found. @param {SubmitEvent} event */
  async function first(event) {
    event.preventDefault()
    clearTimeout(timer)
    await look()
    found.querySelector('a')?.click()
  }

  /** Arrows walk through the people, Escape ends the search. @param {KeyboardEvent} event */
  function key(event) {
    const links = [...found.querySelectorAll('a')]
    const at = links.findIndex((link) => link === document.activeElement)
    if (event.key === 'Escape') {
      clear()
      input.focus()
    } else if (event.key === 'ArrowDown') links[at + 1]?.focus()
    else if (event.key === 'ArrowUp') (links[at - 1] ?? input).focus()
    else return
    event.preventDefault()
  }

  const element = h('div', { class: 'finder' }, form, results)
  return element
}

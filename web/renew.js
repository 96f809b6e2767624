import { h } from './dom.js'
import { createField } from './field.js'
import { saveSession, tokenTimes } from './session.js'
import { explain, login } from './sign.js'
import { t } from './text.js'

/** Timers hold 31 bits of milliseconds; a longer life is looked at again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Looks after the token: says that it ends soon, and when it has ended asks for the password without losing the page.
 * @param {HTMLElement} root
 * @param {object} options
 * @param {() => string} options.token
 * @param {string} options.me
 * @param {() => string} options.name the reader's name
 * @param {() => void} options.onRenewed
 * @param {() => void} options.onLogout
 */
export function mountRenewal(root, { me, token, name, onRenewed, onLogout }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let ended = false
  const text = h('p', {})
  const user = createField({ name: 'username', label: t('username'), autocomplete: 'username' })
  const password = createField({
    name: 'password',
    label: t('password'),
    autocomplete: 'current-password',
    secret: true,
  })
  const later = h('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, t('later'))
  const out = h('button', { type: 'button', class: 'plain', onclick: onLogout }, t('logout'))
  const buttons = h('div', { class: 'buttons' }, out, later, h('button', { class: 'primary' }, t('renew')))
  const form = h('form', { novalidate: true, onsubmit: renew }, text, user.element, password.element, buttons)
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'renewal', oncancel: stay },
    h('h2', { id: 'renewal' }, t('renew')),
    form,
  )
  root.append(dialog)

  /** Without a token the dialog is the only way on. @param {Event} event */
  function stay(event) {
    if (ended) event.preventDefault()
  }

  /** @param {boolean} over the token is no longer good */
  function ask(over) {
    ended = over
    text.textContent = `${t(over ? 'ended' : 'ending')} ${t('renewHint')}`
    later.hidden = over
    // The name may not be known yet when the page starts without a good token.
    user.input.value ||= name()
    user.input.readOnly = name() !== ''
    if (!dialog.open) {
      dialog.showModal()
      password.input.focus()
    }
  }

  function watch() {
    clearTimeout(timer)
    const { endsAt, noticeAt } = tokenTimes(token())
    const now = Date.now()
    const next = now < noticeAt ? noticeAt : endsAt
    if (now >= endsAt) return ask(true)
    if (now >= noticeAt) ask(false)
    timer = setTimeout(watch, Math.min(next - now, LONGEST_TIMER_MS))
  }

  /** @param {SubmitEvent} event */
  async function renew(event) {
    event.preventDefault()
    try {
      const session = await login(user.input.value, password.input.value)
      saveSession(session)
      if (session.userId !== me) return location.reload()
      renewed()
      onRenewed()
    } catch (error) {
      const { key, text: words = '' } = explain(error)
      password.fault(key ? t(key) : words)
    }
  }

  function renewed() {
    password.input.value = ''
    ended = false
    dialog.close()
    watch()
  }

  /** Another tab has a new token. @param {StorageEvent} event */
  function stored({ key, newValue }) {
    if (key !== 'token' || !newValue) return
    renewed()
    onRenewed()
  }

  addEventListener('storage', stored)
  watch()
  return {
    ended: () => ask(true),
    stop() {
      clearTimeout(timer)
      removeEventListener('storage', stored)
    },
  }
}

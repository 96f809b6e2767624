import { ApiError, request } from './api.js'
import { h, icon } from './dom.js'
import { createField } from './field.js'
import { t } from './text.js'

/** @typedef {import('./text.js').Key} Key */

/** What is wrong with a name, by the rules of schemas/primitives.ts. @param {string} name @returns {Key | undefined} */
export function nameFault(name) {
  const normal = name.normalize('NFKC')
  if (normal === '') return 'usernameMissing'
  if ([...normal].length > 50) return 'usernameLong'
  return /^\s|\s$|\s\s|\p{Cc}/u.test(normal) ? 'usernameSpaces' : undefined
}

/** What is wrong with a new password. @param {string} password @returns {Key | undefined} */
export function passwordFault(password) {
  if ([...password].length < 8) return 'passwordShort'
  return new TextEncoder().encode(password).length > 72 ? 'passwordLong' : undefined
}

/** What to say when the server refuses, and beside which field. @param {unknown} error @returns {{ key?: Key, text?: string, at: 'name' | 'password' | 'form' }} */
export function explain(error) {
  if (!(error instanceof ApiError)) return { text: String(error), at: 'form' }
  const { status, message } = error
  if (status === 0) return { key: 'unreachable', at: 'form' }
  if (status === 401) return { key: 'wrong', at: 'form' }
  if (status === 429) return { key: 'tooMany', at: 'form' }
  if (status >= 500) return { key: 'away', at: 'form' }
  if (/already exists/.test(message)) return { key: 'usernameTaken', at: 'name' }
  if (/^username/.test(message)) return { text: message, at: 'name' }
  if (/^password/.test(message)) return { text: message, at: 'password' }
  return { text: message, at: 'form' }
}

/** Logs in. @param {string} username @param {string} password @returns {Promise<import('./session.js').Session>} */
export async function login(username, password) {
  const { token } = (await request('POST', '/api/auth/login', { body: { username, password } })).data
  const { id } = (await request('GET', '/api/users/me', { token })).data
  return { token, userId: id }
}

/** Registers. @param {string} username @param {string} password @returns {Promise<import('./session.js').Session>} */
async function register(username, password) {
  const { token, user } = (await request('POST', '/api/auth/register', { body: { username, password } })).data
  return { token, userId: user.id }
}

/**
 * The door: log in or register.
 * @param {HTMLElement} root
 * @param {(session: import('./session.js').Session) => void} onEnter
 * @returns {() => void} takes it down
 */
export function mountSign(root, onEnter) {
  let fresh = false
  let busy = false
  const heading = h('h1', {})
  const hint = h('p', { class: 'quiet' })
  const name = createField({ name: 'username', label: t('username'), autocomplete: 'username' })
  const password = createField({
    name: 'password',
    label: t('password'),
    autocomplete: 'current-password',
    secret: true,
  })
  const fault = h('p', { class: 'fault', role: 'alert' })
  const submit = h('button', { class: 'primary', type: 'submit' })
  const other = h('button', { class: 'link', type: 'button', onclick: () => turn(!fresh) })
  const form = h('form', { novalidate: true, onsubmit: enter }, name.element, password.element, fault, submit)
  const mark = h('span', { class: 'mark' }, icon('talk'))
  root.append(h('main', { class: 'door' }, h('div', { class: 'card' }, mark, heading, hint, form, other)))

  /** @param {boolean} registering */
  function turn(registering) {
    fresh = registering
    heading.textContent = t(fresh ? 'create' : 'welcome')
    hint.textContent = t(fresh ? 'createHint' : 'welcomeHint')
    submit.textContent = t(fresh ? 'register' : 'login')
    other.textContent = t(fresh ? 'toLogin' : 'toRegister')
    name.hint(fresh ? t('usernameHint') : '')
    password.hint(fresh ? t('passwordHint') : '')
    password.input.autocomplete = fresh ? 'new-password' : 'current-password'
    document.title = `${submit.textContent} · ${t('title')}`
    clear()
    name.input.focus()
  }

  function clear() {
    name.fault('')
    password.fault('')
    fault.textContent = ''
  }

  /** @param {SubmitEvent} event */
  async function enter(event) {
    event.preventDefault()
    if (busy) return
    clear()
    const secret = password.input.value
    const wrongName = fresh ? nameFault(name.input.value) : name.input.value === '' ? 'usernameMissing' : undefined
    const wrongPassword = fresh ? passwordFault(secret) : secret === '' ? 'passwordMissing' : undefined
    if (wrongPassword) password.fault(t(wrongPassword))
    if (wrongName) name.fault(t(wrongName))
    if (wrongName || wrongPassword) return
    busy = true
    submit.setAttribute('aria-busy', 'true')
    try {
      onEnter(await (fresh ? register : login)(name.input.value, secret))
    } catch (error) {
      const { key, text = '', at } = explain(error)
      const words = key ? t(key) : text
      if (at === 'form') fault.textContent = words
      else (at === 'name' ? name : password).fault(words)
    } finally {
      busy = false
      submit.removeAttribute('aria-busy')
    }
  }

  turn(false)
  return () => {}
}

import { ApiError, request } from './api.js'
import { copy, fill, one } from './dom.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** What is wrong with a new name, by the rules of schemas/primitives.ts. @param {string} name @returns {T.Key | ''} */
export function nameFault(name) {
  const normal = name.normalize('NFKC')
  if (normal === '') return 'usernameMissing'
  if ([...normal].length > 50) return 'usernameLong'
  return /^\s|\s$|\s\s|\p{Cc}/u.test(normal) ? 'usernameSpaces' : ''
}

/** What is wrong with a new password. @param {string} password @returns {T.Key | ''} */
export function passwordFault(password) {
  if ([...password].length < 8) return 'passwordShort'
  return new TextEncoder().encode(password).length > 72 ? 'passwordLong' : ''
}

/** What to say when the server refuses, and where. @param {ApiError} error @returns {{ text: string, at: string }} */
function explain({ status, message }) {
  if (status === 401) return { text: t('wrong'), at: 'password' }
  if (/^username/.test(message))
    return { text: t(/exists/.test(message) ? 'usernameTaken' : 'usernameSpaces'), at: 'username' }
  if (/^password/.test(message)) return { text: message, at: 'password' }
  return {
    text: status === 0 ? t('unreachable') : status === 429 ? t('tooMany') : status < 500 ? message : t('away'),
    at: '',
  }
}

/** Logs in or registers. @param {string} username @param {string} password @param {boolean} fresh @returns {Promise<T.Session>} */
async function enter(username, password, fresh) {
  const { data } = await request('POST', `/api/auth/${fresh ? 'register' : 'login'}`, { body: { username, password } })
  const user = data.user ?? (await request('GET', '/api/users/me', data)).data
  return { token: data.token, userId: user.id }
}

/** @type {T.MountFields} */
export function mountFields(form, onEnter) {
  const fields = copy('fields')
  form.querySelector('.general')?.before(fields)
  const username = one(fields, '#username', HTMLInputElement)
  const password = one(fields, '#password', HTMLInputElement)
  const reveal = one(fields, '.reveal input', HTMLInputElement)
  let fresh = false
  let busy = false

  /** Says what is wrong beside a field, or for the whole form. @param {string} text @param {string} at */
  function fault(text, at) {
    fill(form, { [at ? `#${at}-fault` : '.general']: text })
    if (!at) return
    const input = at === 'username' ? username : password
    input.setAttribute('aria-invalid', 'true')
    input.focus()
  }

  function clear() {
    fill(form, { '#username-fault': '', '#password-fault': '', '.general': '' })
    for (const input of [username, password]) input.removeAttribute('aria-invalid')
  }

  /** Whether both fields may be sent. */
  function check() {
    const wrongPassword = fresh ? passwordFault(password.value) : password.value === '' && 'passwordMissing'
    const wrongName = fresh ? nameFault(username.value) : username.value === '' && 'usernameMissing'
    if (wrongPassword) fault(t(wrongPassword), 'password')
    if (wrongName) fault(t(wrongName), 'username')
    return !wrongName && !wrongPassword
  }

  reveal.onchange = () => {
    password.type = reveal.checked ? 'text' : 'password'
  }
  form.onsubmit = async (event) => {
    event.preventDefault()
    clear()
    if (busy || !check()) return
    busy = true
    try {
      onEnter(await enter(username.value, password.value, fresh))
    } catch (error) {
      const { text, at } = explain(/** @type {ApiError} */ (error))
      fault(text, at)
    }
    busy = false
  }

  /** Changes between a new account and a known one. @param {boolean} registering */
  function turn(registering) {
    fresh = registering
    fill(fields, { '#username-hint': fresh ? t('usernameHint') : '', '#password-hint': fresh ? t('passwordHint') : '' })
    password.autocomplete = fresh ? 'new-password' : 'current-password'
    clear()
  }

  return { username, password, turn }
}

/** The door: log in or register. @type {T.MountSign} */
export function mountSign(root, onEnter) {
  const door = copy('door')
  const { username, turn } = mountFields(one(door, 'form'), onEnter)
  root.append(door)

  /** @param {boolean} fresh */
  function show(fresh) {
    const action = t(fresh ? 'register' : 'login')
    fill(door, {
      h1: t(fresh ? 'create' : 'welcome'),
      '.quiet': t(fresh ? 'createHint' : 'welcomeHint'),
      '.primary': action,
    })
    fill(door, { '#other': t(fresh ? 'toLogin' : 'toRegister') })
    one(door, '#other').onclick = () => show(!fresh)
    document.title = `${action} · ${t('title')}`
    turn(fresh)
    username.focus()
  }

  show(false)
  return () => {}
}

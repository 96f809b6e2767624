import { ApiError, request } from './api.js'
import { copy, one } from './dom.js'
import { t } from './text.js'

/** @import { Key, Session } from './types.ts' */

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

/** Why the server refused, and which field is the reason. @param {unknown} error @returns {[string, 'username' | 'password' | undefined]} */
function explain(error) {
  if (!(error instanceof ApiError)) return [String(error), undefined]
  const { status, message } = error
  if (status === 0) return [t('unreachable'), undefined]
  if (status === 401) return [t('wrong'), 'password']
  if (status === 429) return [t('tooMany'), undefined]
  if (status >= 500) return [t('away'), undefined]
  if (/already exists/.test(message)) return [t('usernameTaken'), 'username']
  if (/^username/.test(message)) return [t('usernameSpaces'), 'username']
  return [message, /^password/.test(message) ? 'password' : undefined]
}

/** Logs in or registers. @param {string} username @param {string} password @param {boolean} fresh @returns {Promise<Session>} */
async function enter(username, password, fresh) {
  const { data } = await request('POST', `/api/auth/${fresh ? 'register' : 'login'}`, { body: { username, password } })
  const { token } = data
  const user = data.user ?? (await request('GET', '/api/users/me', { token })).data
  return { token, userId: user.id }
}

/**
 * Name and password with their rules before and their faults beside them; the end of the form is its own.
 * @param {HTMLFormElement} form @param {(session: Session) => void} onEnter
 */
export function mountFields(form, onEnter) {
  const fields = copy('fields')
  form.querySelector('.buttons, .fault')?.before(fields)
  const username = one(fields, '#username', HTMLInputElement)
  const password = one(fields, '#password', HTMLInputElement)
  const reveal = one(fields, '.reveal input', HTMLInputElement)
  const general = form.querySelector(':scope > .fault') ?? one(fields, '#password-fault')
  let fresh = false
  let busy = false

  /** @param {string} text @param {'username' | 'password' | undefined} at */
  function fault(text, at) {
    const input = at === 'username' ? username : password
    const place = at ? one(fields, `#${at}-fault`) : general
    place.textContent = text
    if (!at) return
    input.setAttribute('aria-invalid', 'true')
    input.focus()
  }

  function clear() {
    for (const place of form.querySelectorAll('.fault')) place.textContent = ''
    for (const input of [username, password]) input.removeAttribute('aria-invalid')
  }

  reveal.onchange = () => {
    password.type = reveal.checked ? 'text' : 'password'
  }
  form.onsubmit = async (event) => {
    event.preventDefault()
    clear()
    const wrongPassword = fresh ? passwordFault(password.value) : password.value === '' && 'passwordMissing'
    const wrongName = fresh ? nameFault(username.value) : username.value === '' && 'usernameMissing'
    if (wrongPassword) fault(t(wrongPassword), 'password')
    if (wrongName) fault(t(wrongName), 'username')
    if (busy || wrongName || wrongPassword) return
    busy = true
    await enter(username.value, password.value, fresh).then(onEnter, (error) => fault(...explain(error)))
    busy = false
  }

  return {
    username,
    password,
    /** Changes between a new account and a known one. @param {boolean} registering */
    turn(registering) {
      fresh = registering
      one(fields, '#username-hint').textContent = fresh ? t('usernameHint') : ''
      one(fields, '#password-hint').textContent = fresh ? t('passwordHint') : ''
      password.autocomplete = fresh ? 'new-password' : 'current-password'
      clear()
    },
  }
}

/** The door: log in or register. @param {HTMLElement} root @param {(session: Session) => void} onEnter */
export function mountSign(root, onEnter) {
  const door = copy('door')
  const other = one(door, '#other')
  const fields = mountFields(one(door, 'form', HTMLFormElement), onEnter)
  root.append(door)

  /** @param {boolean} fresh */
  function turn(fresh) {
    const action = t(fresh ? 'register' : 'login')
    one(door, 'h1').textContent = t(fresh ? 'create' : 'welcome')
    one(door, '.quiet').textContent = t(fresh ? 'createHint' : 'welcomeHint')
    one(door, '.primary').textContent = action
    other.textContent = t(fresh ? 'toLogin' : 'toRegister')
    other.onclick = () => turn(!fresh)
    document.title = `${action} · ${t('title')}`
    fields.turn(fresh)
    fields.username.focus()
  }

  turn(false)
  return () => {}
}

import { request } from './api.js'
import { encodeText } from './content.js'
import { copy, fill, one } from './dom.js'
import { readSession, saveSession, tokenTimes } from './session.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** What is wrong with a field, by the rules of schemas/primitives.ts. @type {T.FaultOf} */
function faultOf({ id, value }, fresh) {
  const isName = id === 'username'
  if (value === '') return isName ? 'usernameMissing' : 'passwordMissing'
  if (!fresh) return ''
  const name = value.normalize('NFKC')
  if (!isName) return [...value].length < 8 ? 'passwordShort' : encodeText(value).length > 72 ? 'passwordLong' : ''
  if ([...name].length > 50) return 'usernameLong'
  return /^\s|\s$|\s\s|\p{Cc}/u.test(name) ? 'usernameSpaces' : ''
}

/** Logs in or registers. @type {T.Enter} */
async function enter(username, password, fresh) {
  const { data } = await request('POST', `/api/auth/${fresh ? 'register' : 'login'}`, { body: { username, password } })
  const user = data.user ?? (await request('GET', '/api/users/me', data)).data
  return { token: data.token, userId: user.id }
}

/** Adds name and password to a form. @type {T.MountFields} */
function mountFields(form, onEnter) {
  const fields = copy('fields')
  form.querySelector('.general')?.before(fields)
  const username = one(fields, 'input#username')
  const password = one(fields, 'input#password')
  const reveal = one(fields, 'input#reveal')
  let fresh = false
  let busy = false

  /** @type {T.SayFault} */
  function fault(text, input) {
    fill(form, { [input ? `#${input.id}-fault` : '.general']: text })
    if (!input) return
    input.ariaInvalid = 'true'
    input.focus()
  }

  /** Says why the server refused. @param {T.ApiError} error */
  function explain({ status, message }) {
    if (status === 401) fault(t('wrong'), password)
    else if (/^username/.test(message)) fault(t(/exists/.test(message) ? 'usernameTaken' : 'usernameSpaces'), username)
    else if (/^password/.test(message)) fault(message, password)
    else fault(status === 0 ? t('unreachable') : status === 429 ? t('tooMany') : status < 500 ? message : t('away'))
  }

  function clear() {
    fill(form, { '#username-fault': '', '#password-fault': '', '.general': '' })
    username.ariaInvalid = password.ariaInvalid = null
  }

  reveal.onchange = () => {
    password.type = reveal.checked ? 'text' : 'password'
  }
  form.onsubmit = async (event) => {
    event.preventDefault()
    clear()
    for (const input of [password, username]) {
      const key = faultOf(input, fresh)
      if (key) fault(t(key), input)
    }
    if (busy || form.querySelector('[aria-invalid]')) return
    busy = true
    await enter(username.value, password.value, fresh).then(onEnter, explain)
    busy = false
  }

  return {
    username,
    password,
    turn(registering) {
      fresh = registering
      const hint = fresh ? t : () => ''
      fill(fields, { '#username-hint': hint('usernameHint'), '#password-hint': hint('passwordHint') })
      password.autocomplete = fresh ? 'new-password' : 'current-password'
      clear()
    },
  }
}

/** The door: log in or register. @type {T.MountSign} */
export function mountSign(root, onEnter) {
  const door = copy('door')
  const { username, turn } = mountFields(one(door, 'form'), onEnter)
  root.replaceChildren(door)

  /** @param {boolean} fresh */
  function show(fresh) {
    const action = t(fresh ? 'register' : 'login')
    fill(door, {
      h1: t(fresh ? 'create' : 'welcome'),
      '.quiet': t(fresh ? 'createHint' : 'welcomeHint'),
      '.primary': action,
      '#other': t(fresh ? 'toLogin' : 'toRegister'),
    })
    one(door, '#other').onclick = () => show(!fresh)
    document.title = `${action} · ${t('title')}`
    turn(fresh)
    username.focus()
  }

  show(false)
}

/** Asks for the password before the token ends, and when it has. @type {T.MountRenewal} */
export function mountRenewal(root, { me, name, onRenewed, onLogout }) {
  /** The token whose end has been told. */
  let told = ''
  root.append(copy('renewal'))
  const dialog = one(root, 'dialog')
  const { username, password, turn } = mountFields(one(dialog, 'form'), (session) => {
    saveSession(session)
    if (session.userId === me) renewed()
    else location.reload()
  })
  turn(false)
  one(dialog, '#later').onclick = () => dialog.close()
  one(dialog, '#out').onclick = onLogout

  /** @type {ReturnType<T.MountRenewal>} */
  function ask(ended) {
    dialog.setAttribute('closedby', ended ? 'none' : 'closerequest')
    fill(dialog, { '#why': `${t(ended ? 'ended' : 'ending')} ${t('renewHint')}` })
    one(dialog, '#later').hidden = ended
    username.value ||= name()
    username.readOnly = name() !== ''
    if (dialog.open) return
    dialog.showModal()
    password.focus()
  }

  function renewed() {
    password.value = ''
    dialog.close()
    onRenewed()
  }

  // Timers stand still while a machine sleeps, clocks do not.
  setInterval(() => {
    const token = readSession()?.token ?? ''
    const { endsAt, noticeAt } = tokenTimes(token)
    const ended = Date.now() >= endsAt
    if (!ended && (Date.now() < noticeAt || token === told)) return
    told = token
    ask(ended)
  }, 1000)
  // Another tab has a new token.
  addEventListener('storage', ({ key, newValue }) => key === 'token' && newValue && renewed())
  return ask
}

import { copy, one } from './dom.js'
import { readSession, saveSession, tokenTimes } from './session.js'
import { mountFields } from './sign.js'
import { t } from './text.js'

/** Timers hold 31 bits of milliseconds; a longer life is looked at again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Looks after the token: says that it ends soon, and when it has ended asks for the password without losing the page.
 * @param {HTMLElement} root
 * @param {{ me: string, name: () => string, onRenewed: () => void, onLogout: () => void }} options
 */
export function mountRenewal(root, { me, name, onRenewed, onLogout }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let ended = false
  const dialog = one(root.appendChild(copy('renewal')).parentNode ?? root, 'dialog', HTMLDialogElement)
  const later = one(dialog, '#later')
  const fields = mountFields(one(dialog, 'form', HTMLFormElement), (session) => {
    saveSession(session)
    // Somebody else's name and password are as good, but then it is another page.
    if (session.userId === me) renewed()
    else location.reload()
  })
  fields.turn(false)
  later.onclick = () => dialog.close()
  one(dialog, '#out').onclick = onLogout
  dialog.oncancel = (event) => ended && event.preventDefault()

  /** @param {boolean} over the token is no longer good */
  function ask(over) {
    ended = over
    one(dialog, 'form > p').textContent = `${t(over ? 'ended' : 'ending')} ${t('renewHint')}`
    later.hidden = over
    fields.username.value ||= name()
    fields.username.readOnly = name() !== ''
    if (dialog.open) return
    dialog.showModal()
    fields.password.focus()
  }

  function watch() {
    clearTimeout(timer)
    const { endsAt, noticeAt } = tokenTimes(readSession()?.token ?? '')
    const now = Date.now()
    if (now >= noticeAt) ask(now >= endsAt)
    if (now < endsAt) timer = setTimeout(watch, Math.min((now < noticeAt ? noticeAt : endsAt) - now, LONGEST_TIMER_MS))
  }

  function renewed() {
    fields.password.value = ''
    ended = false
    dialog.close()
    watch()
    onRenewed()
  }

  /** Another tab has a new token. @param {StorageEvent} event */
  const stored = ({ key, newValue }) => key === 'token' && newValue && renewed()
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

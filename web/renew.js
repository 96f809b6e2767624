import { copy, fill, one } from './dom.js'
import { readSession, saveSession, tokenTimes } from './session.js'
import { mountFields } from './sign.js'
import { t } from './text.js'

/** Timers hold 31 bits of milliseconds; a longer life is looked at again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Looks after the token: says that it ends soon, and when it has ended asks for the password without losing the page.
 * @type {import('./types.ts').MountRenewal}
 */
export function mountRenewal(root, { me, name, onRenewed, onLogout }) {
  /** @type {import('./types.ts').Timer} */
  let timer
  let over = false
  root.append(copy('renewal'))
  const dialog = one(root, 'dialog', HTMLDialogElement)
  const { username, password, turn } = mountFields(one(dialog, 'form'), (session) => {
    saveSession(session)
    // Somebody else's name and password are as good, but then it is another page.
    if (session.userId === me) renewed()
    else location.reload()
  })
  turn(false)
  one(dialog, '#later').onclick = () => dialog.close()
  one(dialog, '#out').onclick = onLogout
  dialog.oncancel = (event) => over && event.preventDefault()

  /** @param {boolean} ended the token is no longer good */
  function ask(ended) {
    over = ended
    fill(dialog, { '#why': `${t(over ? 'ended' : 'ending')} ${t('renewHint')}` })
    one(dialog, '#later').hidden = over
    username.value ||= name()
    username.readOnly = name() !== ''
    if (dialog.open) return
    dialog.showModal()
    password.focus()
  }

  function watch() {
    clearTimeout(timer)
    const { endsAt, noticeAt } = tokenTimes(readSession()?.token ?? '')
    const now = Date.now()
    if (now >= noticeAt) ask(now >= endsAt)
    if (now < endsAt) timer = setTimeout(watch, Math.min((now < noticeAt ? noticeAt : endsAt) - now, LONGEST_TIMER_MS))
  }

  function renewed() {
    password.value = ''
    over = false
    dialog.close()
    watch()
    onRenewed()
  }

  const ending = new AbortController()
  // Another tab has a new token.
  addEventListener('storage', ({ key, newValue }) => key === 'token' && newValue && renewed(), ending)
  watch()
  return {
    ended: () => ask(true),
    stop() {
      clearTimeout(timer)
      ending.abort()
    },
  }
}

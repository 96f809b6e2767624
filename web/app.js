import { mountChat } from './chat.js'
import { one } from './dom.js'
import { clearSession, readSession, saveSession } from './session.js'
import { mountSign } from './sign.js'
import { language, loadText, t } from './text.js'

/** Takes down what is on screen. */
let leave = () => {}

/** Who is logged in sees the conversations, everybody else the door. */
function show() {
  leave()
  const root = one(document, '#page')
  root.replaceChildren()
  const session = readSession()
  leave = session ? mountChat(root, session.userId, logout) : mountSign(root, enter)
}

/** @param {import('./types.ts').Session} session */
function enter(session) {
  saveSession(session)
  show()
}

function logout() {
  clearSession()
  history.replaceState(null, '', '#/')
  show()
}

// Another tab logged in, out, or in as somebody else. A new token of the same user is the dialog's matter.
let known = readSession()?.userId
addEventListener('storage', () => {
  const now = readSession()?.userId
  if (now !== known) show()
  known = now
})

await loadText()
document.documentElement.lang = language
document.title = t('title')
show()

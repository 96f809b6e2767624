import { mountChat } from './chat.js'
import { clearSession, readSession, saveSession } from './session.js'
import { mountSign } from './sign.js'
import { language, t } from './text.js'

/** The page: who is logged in sees the conversations, everybody else the door. */

const root = document.body
document.documentElement.lang = language
document.title = t('title')

/** Takes down what is on screen. */
let leave = () => {}

function show() {
  leave()
  root.replaceChildren()
  const session = readSession()
  leave = session ? mountChat(root, { me: session.userId, onLogout: logout }) : mountSign(root, enter)
}

/** @param {import('./session.js').Session} session */
function enter(session) {
  saveSession(session)
  show()
}

function logout() {
  clearSession()
  history.replaceState(null, '', '#/')
  show()
}

// Another tab logged in, out, or in as somebody else; a mere new token of the same user is read when needed.
let shown = readSession()?.userId
addEventListener('storage', ({ key }) => {
  const now = readSession()?.userId
  if ((key === null || key === 'token' || key === 'userId') && now !== shown) show()
  shown = now
})

show()

import { mountChat } from './chat.js'
import { one } from './dom.js'
import { clearSession, readSession, saveSession } from './session.js'
import { mountSign } from './sign.js'
import { language, loadText, t } from './text.js'

// Whoever leaves loads the page anew: nothing of one user is left for the next.

const root = one(document, '#page')
const session = readSession()
let user = session?.userId

/** @param {string} me */
const chat = (me) =>
  mountChat(root, me, () => {
    clearSession()
    history.replaceState(null, '', '#/')
    location.reload()
  })

// Another tab logged in, out, or in as somebody else.
addEventListener('storage', () => readSession()?.userId !== user && location.reload())

await loadText()
document.documentElement.lang = language
document.title = t('title')
if (session) chat(session.userId)
else
  mountSign(root, (entered) => {
    user = entered.userId
    saveSession(entered)
    chat(user)
  })

/**
 * Who is logged in, kept under the specification's two keys (section 8.2) and shared by all tabs.
 * @typedef {{ token: string, userId: string }} Session
 */

/** @returns {Session | null} */
export function readSession() {
  const token = localStorage.getItem('token')
  const userId = localStorage.getItem('userId')
  return token && userId ? { token, userId } : null
}

/** @param {Session} session */
export function saveSession({ token, userId }) {
  localStorage.setItem('token', token)
  localStorage.setItem('userId', userId)
}

/** Logs out. */
export function clearSession() {
  localStorage.removeItem('token')
  localStorage.removeItem('userId')
}

/** How long before its end a token is worth a word to the reader. */
const NOTICE_MS = 5 * 60_000

/**
 * When a token ends and when to say so: five minutes before, or a tenth of a short life. The page only reads the
 * dates; whether the token is good is the server's to say.
 * @param {string} token
 * @returns {{ endsAt: number, noticeAt: number }} milliseconds since 1970; infinite where the token does not say
 */
export function tokenTimes(token) {
  try {
    const body = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const { exp, iat } = JSON.parse(atob(body))
    const endsAt = exp * 1000
    const notice = Number.isFinite(iat) ? Math.min(NOTICE_MS, (exp - iat) * 100) : NOTICE_MS
    if (Number.isFinite(endsAt)) return { endsAt, noticeAt: endsAt - notice }
  } catch {
    // Not a token of the usual form: the server will say.
  }
  return { endsAt: Number.POSITIVE_INFINITY, noticeAt: Number.POSITIVE_INFINITY }
}

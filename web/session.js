/** @import { Session } from './types.ts' */

/** Who is logged in, under the specification's two keys (section 8.2), shared by all tabs. @returns {Session | null} */
export function readSession() {
  const token = localStorage.getItem('token')
  const userId = localStorage.getItem('userId')
  return token && userId ? { token, userId } : null
}

/** @param {Session} session */
export function saveSession({ token, userId }) {
  localStorage.setItem('userId', userId)
  localStorage.setItem('token', token)
}

/** Logs out. */
export function clearSession() {
  localStorage.removeItem('token')
  localStorage.removeItem('userId')
}

/**
 * When a token ends, and when to say so: five minutes before, or a tenth of a short life. The page only reads the
 * dates; whether the token is good is the server's to say.
 * @param {string} token @returns {{ endsAt: number, noticeAt: number }} milliseconds since 1970
 */
export function tokenTimes(token) {
  try {
    const { exp, iat } = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    if (!Number.isFinite(exp)) throw new TypeError('no end')
    const notice = Math.min(300, iat ? (exp - iat) / 10 : 300)
    return { endsAt: exp * 1000, noticeAt: (exp - notice) * 1000 }
  } catch {
    return { endsAt: Number.POSITIVE_INFINITY, noticeAt: Number.POSITIVE_INFINITY }
  }
}

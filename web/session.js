/** @import * as T from './types.ts' */

/** Who is logged in, by the specification's two keys (section 8.2). @returns {T.Session | null} */
export function readSession() {
  const { token, userId } = localStorage
  return token && userId ? { token, userId } : null
}

/** Logs in. @param {T.Session} session */
export const saveSession = ({ token, userId }) => Object.assign(localStorage, { userId, token })

/** Logs out. */
export function clearSession() {
  for (const key of ['token', 'userId']) localStorage.removeItem(key)
}

/** When a token ends, and when to say so: five minutes before, or a tenth. @type {T.TokenTimes} */
export function tokenTimes(token) {
  try {
    const { exp, iat } = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    const notice = Math.min(300, iat ? (exp - iat) / 10 : 300)
    if (Number.isFinite(exp)) return { endsAt: exp * 1000, noticeAt: (exp - notice) * 1000 }
  } catch {
    // Not a token of the usual form: the server will say.
  }
  return { endsAt: Infinity, noticeAt: Infinity }
}

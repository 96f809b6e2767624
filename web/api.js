/** @import * as T from './types.ts' */

/** An answer other than success; status 0 is no answer at all. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
    /** Whether the same request may succeed later. */
    this.passing = status === 0 || status === 429 || status >= 500
  }
}

/** One request. @param {string} method @param {string} path @param {T.RequestOptions} options @returns {T.Answer} */
export async function request(method, path, { token, body }) {
  const headers = new Headers(token ? { authorization: `Bearer ${token}` } : {})
  if (body) headers.set('content-type', 'application/json')
  const init = { method, headers, signal: AbortSignal.timeout(12_000), body: body ? JSON.stringify(body) : null }
  let response, data
  try {
    response = await fetch(path, init)
    data = await response.json()
  } catch (error) {
    throw new ApiError(0, String(error))
  }
  if (!response.ok) throw new ApiError(response.status, data.error)
  return { data, next: /rel="?next/.test(response.headers.get('link') ?? '') }
}

/** The requests of one user. @param {() => string} token @param {() => void} onUnauthorized */
export function createApi(token, onUnauthorized) {
  /** @type {T.Call} */
  const call = (method, path, body) =>
    request(method, path, { token: token(), body }).catch((error) => {
      if (error.status === 401) onUnauthorized()
      throw error
    })
  /** @param {string} path @param {string | null | undefined} before */
  const page = (path, before) => call('GET', `${path}?limit=50${before ? `&before=${before}` : ''}`)

  return {
    /** @param {string} id or `me` @returns {Promise<T.User>} */
    user: async (id) => (await call('GET', `/api/users/${id}`)).data,
    /** @param {string} name how it starts @returns {Promise<T.User[]>} */
    search: async (name) => (await call('GET', `/api/users?username=${encodeURIComponent(name)}`)).data,
    /** @param {string | null} before */
    conversations: (before) => page('/api/conversations', before),
    /** @param {string} peer @param {string | undefined} before */
    history: (peer, before) => page(`/api/messages/${peer}`, before),
    /** @param {string} peer @param {number} seq */
    read: (peer, seq) => call('PUT', `/api/conversations/${peer}/read`, { seq }),
  }
}

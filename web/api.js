/** @import { Conversation, Message, User } from './types.ts' */

const DEADLINE_MS = 12_000

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

/**
 * One request of the REST interface (schemas/); `next`: there is more.
 * @param {string} method @param {string} path @param {{ token?: string, body?: unknown }} options
 */
export async function request(method, path, { token, body }) {
  /** @type {RequestInit} */
  const init = {
    method,
    signal: AbortSignal.timeout(DEADLINE_MS),
    headers: token ? { authorization: `Bearer ${token}` } : {},
  }
  if (body)
    Object.assign(init, {
      body: JSON.stringify(body),
      headers: { ...init.headers, 'content-type': 'application/json' },
    })
  let response, data
  try {
    response = await fetch(path, init)
    data = await response.json()
  } catch (error) {
    throw new ApiError(0, String(error))
  }
  if (!response.ok) throw new ApiError(response.status, String(data.error))
  return { data, next: /rel="?next/.test(response.headers.get('link') ?? '') }
}

/** The requests of one user. @param {() => string} token @param {() => void} onUnauthorized */
export function createApi(token, onUnauthorized) {
  /** @param {string} method @param {string} path @param {unknown} [body] */
  async function call(method, path, body) {
    try {
      return await request(method, path, { token: token(), body })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) onUnauthorized()
      throw error
    }
  }
  /** @param {string} path @param {string | null | undefined} before @returns {Promise<{ data: any, next: boolean }>} */
  const page = (path, before) => call('GET', `${path}?limit=50${before ? `&before=${before}` : ''}`)

  return {
    /** @param {string} id or `me` @returns {Promise<User>} */
    user: async (id) => (await call('GET', `/api/users/${id}`)).data,
    /** @param {string} name how it starts @returns {Promise<User[]>} */
    search: async (name) => (await call('GET', `/api/users?username=${encodeURIComponent(name)}`)).data,
    /** @param {string | null} before @returns {Promise<{ data: Conversation[], next: boolean }>} */
    conversations: (before) => page('/api/conversations', before),
    /** @param {string} peer @param {string | undefined} before @returns {Promise<{ data: Message[], next: boolean }>} */
    history: (peer, before) => page(`/api/messages/${peer}`, before),
    /** @param {string} peer @param {number} seq */
    read: (peer, seq) => call('PUT', `/api/conversations/${peer}/read`, { seq }),
  }
}

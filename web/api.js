/** An answer other than success; status 0 is no answer at all. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message)
    this.status = status
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

const DEADLINE_MS = 12_000

/**
 * One request of the REST interface (schemas/).
 * @param {string} method
 * @param {string} path
 * @param {{ token?: string, body?: unknown }} options
 * @returns {Promise<{ data: any, next: boolean }>} `next`: a `Link` header says that there is more
 */
export async function request(method, path, { token, body } = {}) {
  /** @type {Record<string, string>} */
  const headers = {}
  if (token) headers['authorization'] = `Bearer ${token}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  /** @type {Response} */
  let response
  let data
  try {
    const init = { method, headers, signal: AbortSignal.timeout(DEADLINE_MS) }
    response = await fetch(path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    data = await response.json()
  } catch (error) {
    throw new ApiError(0, String(error))
  }
  if (!response.ok) throw new ApiError(response.status, String(data?.error ?? response.statusText))
  return { data, next: /rel="?next"?/.test(response.headers.get('link') ?? '') }
}

/**
 * The requests of one logged-in user.
 * @param {() => string} token
 * @param {() => void} onUnauthorized
 */
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

  return {
    me: async () => (await call('GET', '/api/users/me')).data,
    /** @param {string} id */
    user: async (id) => (await call('GET', `/api/users/${id}`)).data,
    /** @param {string} name how the name starts @returns {Promise<import('../schemas/user.ts').User[]>} */
    search: async (name) => (await call('GET', `/api/users?limit=20&username=${encodeURIComponent(name)}`)).data,
    /** @param {string | null} before */
    conversations: (before) => call('GET', `/api/conversations?limit=50${before ? `&before=${before}` : ''}`),
    /** @param {string} peer @param {string | undefined} before */
    history: (peer, before) => call('GET', `/api/messages/${peer}?limit=50${before ? `&before=${before}` : ''}`),
    /** @param {string} peer @param {number} seq */
    read: (peer, seq) => call('PUT', `/api/conversations/${peer}/read`, { seq }),
  }
}

import { waitBefore } from './socket.js'

/** @import * as T from './types.ts' */

/** @type {T.Failure} */
const failure = (status, message) => Object.assign(new Error(message), { status })

/** One request; whatever goes wrong is an ApiError. @type {T.Request} */
export async function request(method, path, { token, body }) {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body ? { 'content-type': 'application/json' } : {}),
  }
  const init = { method, headers, signal: AbortSignal.timeout(12_000), body: JSON.stringify(body) ?? null }
  let response, data
  try {
    response = await fetch(path, init)
    data = await response.json()
  } catch (error) {
    throw failure(0, String(error))
  }
  if (!response.ok) throw failure(response.status, data.error)
  return { data, next: /rel="?next/.test(response.headers.get('link') ?? '') }
}

/** The requests of one user. @type {T.CreateApi} */
export function createApi(token, onUnauthorized) {
  /** @type {T.Call} */
  const call = (method, path, body) =>
    request(method, path, { token: token(), body }).catch((error) => {
      if (error.status === 401) onUnauthorized()
      throw error
    })
  /** @type {T.Page} */
  const page = (path, before) => call('GET', `${path}?limit=50${before ? `&before=${before}` : ''}`)

  return {
    user: async (id) => (await call('GET', `/api/users/${id}`)).data,
    search: async (name) => (await call('GET', `/api/users?username=${encodeURIComponent(name)}`)).data,
    conversations: (before) => page('/api/conversations', before),
    history: (peer, before) => page(`/api/messages/${peer}`, before),
    read: (peer, seq) => call('PUT', `/api/conversations/${peer}/read`, { seq }),
  }
}

const HEALTH_MS = 2500

/** For a server that is away or stores nothing for a while. @type {T.CreatePatience} */
export function createPatience(onStoring) {
  /** Loads that wait for better times. @type {Set<() => void>} */
  const sleepers = new Set()
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer

  function wake() {
    for (const awake of sleepers) awake()
    sleepers.clear()
  }

  function suspended() {
    onStoring(false)
    timer ??= setInterval(look, HEALTH_MS)
  }

  async function look() {
    const health = await fetch('/health').catch(() => undefined)
    if (health?.ok) recovered()
  }

  function recovered() {
    if (timer === undefined) return
    clearInterval(timer)
    timer = undefined
    onStoring(true)
    wake()
  }

  return {
    wake,
    suspended,
    recovered,
    async insist(load) {
      for (let failures = 1; ; failures += 1) {
        try {
          return await load()
        } catch (error) {
          const { status, message } = /** @type {T.ApiError} */ (error)
          if (status && status !== 429 && status < 500) throw error
          if (/database/.test(message)) suspended()
          await new Promise((awake) => {
            sleepers.add(() => awake(0))
            setTimeout(awake, waitBefore(failures, 0))
          })
        }
      }
    },
  }
}

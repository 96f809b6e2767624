import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientOptions, Incoming, Note } from './client.ts'
import { compose, isPassing, type Pending } from './outbox.ts'
import { readPayload } from './payload.ts'

/** A request that takes longer is given up and repeated. */
const PATIENCE = 5000
/** Messages on their way at a time. */
const WRITERS = 3

/** Received messages that it remembers, to mark one of them as read. */
const REMEMBERED = 100

/**
 * A client without a socket: `POST /api/messages` with an id until it is answered, and `GET /api/sync`. Now and then it
 * marks what it has received as read, sometimes less than it had marked already.
 */
export const createRestClient = ({ info, address, token, traffic, record }: ClientOptions): Client => {
  const { random } = traffic
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const received: { readonly peer: string; readonly seq: number }[] = []
  let abort = new AbortController()
  let cursor = 0
  let unanswered = 0
  let draining = false
  let closed = false
  let frozenUntil = 0

  const note = (event: Note) => record({ ...event, at: Date.now(), client: info.name, connection: 1 })

  const request = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: string) => {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(PATIENCE)])
    const response = await fetch(`http://${address}${path}`, { method, headers, signal, ...(body ? { body } : {}) })
    return { status: response.status, answer: (await response.json()) as unknown }
  }

  /** @returns whether the message needs no repetition */
  const post = async (message: Pending): Promise<boolean> => {
    const { id, receiver, valid } = message
    note({ type: 'sent', id, receiver, valid })
    const { status, answer } = await request('POST', '/api/messages', message.body)
    const { seq = 0, error = '' } = answer as Incoming
    if (status === 201) {
      note({ type: 'acknowledged', id, seq })
      return true
    }
    const final = status < 500 && status !== 429 && !isPassing(error)
    note({ type: 'refused', id, error: `${status} ${error}`, final })
    return final
  }

  const deliver = (message: Incoming) => {
    const { id = '', seq = 0, payload = [], sender_id: peer = '' } = message
    const own = peer === info.user
    note({ type: 'delivered', id, seq, own, intact: readPayload(payload) === id })
    cursor = seq
    if (!own) received.push({ peer, seq })
    if (received.length > REMEMBERED) received.shift()
  }

  /** @returns whether the mark is made */
  const mark = async (peer: string, seq: number): Promise<boolean> => {
    const { status, answer } = await request('PUT', `/api/conversations/${peer}/read`, JSON.stringify({ seq }))
    if (status === 200) note({ type: 'marked', peer, seq, answer: (answer as Incoming).seq ?? 0 })
    return status === 200
  }

  /** Does one thing, again and again, until it is done: only then is its outcome certain. */
  const insist = async (attempt: () => Promise<boolean>) => {
    unanswered += 1
    while (!closed && !(await attempt().catch(() => false))) await sleep(random.between(100, 500))
    unanswered -= 1
  }

  const write = async () => {
    while (!closed) {
      await sleep((random.next() * 2 * WRITERS * 1000) / traffic.rate)
      if (draining) continue
      const message = compose(traffic)
      await insist(() => post(message))
    }
  }

  const markNowAndThen = async () => {
    while (!closed) {
      await sleep(random.between(200, 1000))
      if (draining || received.length === 0) continue
      const { peer, seq } = random.pick(received)
      await insist(() => mark(peer, seq))
    }
  }

  const read = async () => {
    while (!closed) {
      await sleep(Math.max(random.between(100, 400), frozenUntil - Date.now()))
      const { status, answer } = await request('GET', `/api/sync?after=${cursor}&limit=200`).catch(() => failed)
      if (status === 200) for (const message of (answer as { messages: Incoming[] }).messages) deliver(message)
    }
  }
  const failed = { status: 0, answer: undefined }

  note({ type: 'connected', after: 0 })
  const crash = (error: unknown) => setImmediate(() => Promise.reject(error))
  for (const job of [read, markNowAndThen, ...Array<typeof write>(WRITERS).fill(write)]) job().catch(crash)
  return {
    info,
    pending: () => unanswered,
    drain: () => {
      draining = true
    },
    freeze: (ms) => {
      frozenUntil = Date.now() + ms
    },
    reconnect: () => {
      abort.abort()
      abort = new AbortController()
    },
    close: () => {
      closed = true
      abort.abort()
    },
  }
}

/** @import * as T from './types.ts' */

const ANSWER_MS = 15_000
const LATER_MS = 1500

/** What a refusal means for the message (src/errors.ts). @type {T.OutcomeOf} */
export function outcomeOf(error) {
  if (/database/.test(error)) return 'away'
  return /rate limit|overloaded|stopping|internal/.test(error) ? 'later' : 'refused'
}

/** Sends what is unsent, one after the other, each until it is answered; the server stores an id once. @type {T.CreateSender} */
export function createSender({ owner, outbox, socket, onOutcome }) {
  /** The message on its way. @type {{ id: string, answer: T.AnswerTo } | undefined} */
  let waiting
  /** Sent while the server stores nothing; they go again when it does. @type {Set<string>} */
  const tried = new Set()
  let running = false
  let again = false

  /** @type {T.Attempt} */
  const attempt = ({ id, receiver_id, payload }) =>
    new Promise((resolve) => {
      const timer = setTimeout(socket.giveUp, ANSWER_MS)
      waiting = {
        id,
        answer(...outcome) {
          waiting = undefined
          clearTimeout(timer)
          resolve(outcome)
        },
      }
      socket.send({ id, receiver_id, payload: Array.from(payload) })
    })

  async function empty() {
    for (const entry of await outbox.all()) {
      if (!socket.isOpen()) return
      if (entry.state === 'failed' || tried.has(entry.id)) continue
      const [outcome, reason] = await attempt(entry)
      if (outcome === 'passed' || outcome === 'away') tried.add(entry.id)
      await onOutcome(entry, outcome, reason)
      if (outcome === 'later') setTimeout(flush, LATER_MS)
      if (outcome === 'later' || outcome === 'lost') return
    }
  }

  /** With locks (not on plain http), one tab sends for all. */
  async function flush() {
    again = true
    if (running) return
    running = true
    while (again && socket.isOpen()) {
      again = false
      await ('locks' in navigator ? navigator.locks.request(`messenger-outbox-${owner}`, empty) : empty())
    }
    running = false
  }

  return {
    flush,
    storing() {
      tried.clear()
      return flush()
    },
    frame(frame) {
      if (!waiting || 'type' in frame || (frame.id ?? waiting.id) !== waiting.id) return
      if ('error' in frame) waiting.answer(outcomeOf(frame.error), frame.error)
      else waiting.answer('persisted' in frame ? 'passed' : 'stored', '')
    },
    lost: () => waiting?.answer('lost', ''),
  }
}

/** @type {T.Done} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** One user's unsent messages: they survive a reload and a logout. @type {T.CreateOutbox} */
export function createOutbox(owner, onChange) {
  const opening = indexedDB.open('messenger', 1)
  opening.onupgradeneeded = () => {
    // The automatic key is the order of sending.
    opening.result.createObjectStore('outbox', { autoIncrement: true }).createIndex('id', 'id', { unique: true })
  }
  const database = done(opening)
  const channel = new BroadcastChannel(`messenger-outbox-${owner}`)
  channel.onmessage = onChange

  /** @type {T.InStore} */
  const run = async (work) => done(work((await database).transaction('outbox', 'readwrite').objectStore('outbox')))

  /** @type {T.ChangeEntry} */
  async function change(id, work) {
    const key = await run((store) => store.index('id').getKey(id))
    if (key !== undefined) await run((store) => work(store, key))
    channel.postMessage('')
  }

  return {
    all: async () => (await run((store) => store.getAll())).filter(({ sender_id }) => sender_id === owner),
    add: (entry) => run((store) => store.add(entry)).then(() => channel.postMessage('')),
    replace: (entry) => change(entry.id, (store, key) => store.put(entry, key)),
    remove: (id) => change(id, (store, key) => store.delete(key)),
  }
}

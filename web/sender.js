/** @import * as T from './types.ts' */

const ANSWER_MS = 15_000
const LATER_MS = 1500

/** What a refusal means for the message (src/errors.ts). @param {string} error @returns {T.Outcome} */
export function outcomeOf(error) {
  if (/database/.test(error)) return 'away'
  return /rate limit|overloaded|stopping|internal/.test(error) ? 'later' : 'refused'
}

/**
 * Sends what is unsent: one after the other, in the order of writing, each until the server has answered. A message
 * keeps its id over all attempts, so an answer that got lost costs nothing: the server stores an id once.
 * @param {T.SenderOptions} options
 */
export function createSender({ owner, outbox, socket, onOutcome }) {
  /** The message on its way. @type {{ id: string, answer: (outcome: T.Outcome, reason: string) => void } | undefined} */
  let waiting
  /** Sent while the server stores nothing: all of them go again, and first, when it does. @type {Set<string>} */
  const tried = new Set()
  let running = false
  let again = false

  /** @param {T.Unsent} entry @returns {Promise<[T.Outcome, string]>} */
  function attempt({ id, receiver_id, payload }) {
    return new Promise((resolve) => {
      const timer = setTimeout(socket.giveUp, ANSWER_MS)
      const answer = (/** @type {[T.Outcome, string]} */ ...outcome) => {
        waiting = undefined
        clearTimeout(timer)
        resolve(outcome)
      }
      waiting = { id, answer }
      socket.send({ id, receiver_id, payload: Array.from(payload) })
    })
  }

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

  /** Sends what there is. With locks, one tab sends for all; without them, an id sent twice is stored once. */
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
    /** The server stores again. */
    storing() {
      tried.clear()
      return flush()
    },
    /** Looks whether a frame answers the message on its way. @param {T.ServerFrame} frame */
    frame(frame) {
      if (!waiting || 'type' in frame || (frame.id ?? waiting.id) !== waiting.id) return
      if ('error' in frame) waiting.answer(outcomeOf(frame.error), frame.error)
      else waiting.answer('persisted' in frame ? 'passed' : 'stored', '')
    },
    /** The connection is gone. */
    lost: () => waiting?.answer('lost', ''),
  }
}

/**
 * Sends what is unsent: one after the other, in the order of writing, each until the server has answered. A message
 * keeps its id over all attempts, so an answer that got lost costs nothing: the server stores an id once.
 *
 * @typedef {import('../schemas/frame.ts').ServerFrame} ServerFrame
 * @typedef {import('./talk.js').Unsent} Unsent
 * @typedef {'stored' | 'passed' | 'refused' | 'away' | 'later' | 'lost'} Outcome
 *   `passed`: delivered but not stored; `away`: not even that; `later`: the server is busy; `lost`: no answer
 */

const ANSWER_MS = 15_000
const LATER_MS = 1500

/** What the server says when it may be different later (src/errors.ts). */
const busy = /rate limit|overloaded|stopping|internal server error/

/** What a refusal means for the message. @param {string} error @returns {Outcome} */
export const outcomeOf = (error) => (/database/.test(error) ? 'away' : busy.test(error) ? 'later' : 'refused')

/**
 * @param {object} options
 * @param {string} options.owner
 * @param {ReturnType<typeof import('./outbox.js').createOutbox>} options.outbox
 * @param {ReturnType<typeof import('./socket.js').createSocket>} options.socket
 * @param {(entry: Unsent, outcome: Outcome, reason: string) => Promise<void> | void} options.onOutcome
 */
export function createSender({ owner, outbox, socket, onOutcome }) {
  /** @type {{ id: string, answer: (outcome: Outcome, reason?: string) => void } | undefined} */
  let waiting
  /** Sent while the server stores nothing: they go again, all of them and first, when it does. @type {Set<string>} */
  const tried = new Set()
  let running = false
  let again = false

  /** @param {Unsent} entry @returns {Promise<{ outcome: Outcome, reason: string }>} */
  function attempt({ id, receiver_id, payload }) {
    return new Promise((resolve) => {
      const timer = setTimeout(socket.giveUp, ANSWER_MS)
      waiting = {
        id,
        answer(outcome, reason = '') {
          waiting = undefined
          clearTimeout(timer)
          resolve({ outcome, reason })
        },
      }
      socket.send({ id, receiver_id, payload: Array.from(payload) })
    })
  }

  async function empty() {
    for (const entry of await outbox.all()) {
      if (!socket.open) return
      if (entry.state === 'failed' || tried.has(entry.id)) continue
      const { outcome, reason } = await attempt(entry)
      if (outcome === 'passed' || outcome === 'away') tried.add(entry.id)
      await onOutcome(entry, outcome, reason)
      if (outcome === 'later') setTimeout(flush, LATER_MS)
      if (outcome === 'later' || outcome === 'lost') return
    }
  }

  /** Sends what there is; with locks one tab sends for all, without them an id sent twice is stored once. */
  async function flush() {
    again = true
    if (running) return
    running = true
    while (again && socket.open) {
      again = false
      if ('locks' in navigator) await navigator.locks.request(`messenger-outbox-${owner}`, empty)
      else await empty()
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
    /** Looks whether a frame answers the message on its way. @param {ServerFrame} frame */
    frame(frame) {
      if (!waiting) return
      if ('error' in frame) {
        if (frame.id === undefined || frame.id === waiting.id) waiting.answer(outcomeOf(frame.error), frame.error)
      } else if ('id' in frame && frame.id === waiting.id) {
        waiting.answer('persisted' in frame ? 'passed' : 'stored')
      }
    },
    /** The connection is gone. */
    lost: () => waiting?.answer('lost'),
  }
}

import type { Outlet } from './outlet.ts'

/** An idle socket is asked whether it is still there, in milliseconds. */
const IDLE_PING_INTERVAL = 20_000
/** A client whose stack answers no ping for this long is gone, in milliseconds. */
export const PONG_DEADLINE = 30_000

/**
 * Learns what a client has received, from the pongs that every WebSocket stack sends by itself: a ping carries the last
 * number written, and its pong proves that all before it has arrived. One ping is under way at a time, so a busy socket
 * is asked once a round trip; it is asked at once, since a client may hang up as soon as it has what it came for.
 */
export class Acknowledgement {
  readonly #outlet: Outlet
  readonly #onAcknowledged: (seq: number) => void
  #wanted = 0
  #asked = 0
  #acknowledged = 0
  #pingedAt = performance.now()
  #isAwaitingPong = false
  #isScheduled = false

  constructor(outlet: Outlet, onAcknowledged: (seq: number) => void) {
    this.#outlet = outlet
    this.#onAcknowledged = onAcknowledged
  }

  /** Everything up to `seq` is written, or will be in this turn: asks in the same write, or after the next pong. */
  request(seq: number): void {
    this.#wanted = seq
    if (this.#isAwaitingPong || this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      if (!this.#isAwaitingPong && this.#wanted > this.#asked) this.#ping()
    })
  }

  /** A pong has come. One that we did not ask for proves nothing, and none proves more than was written. */
  receive(payload: Buffer): void {
    if (!this.#isAwaitingPong || payload.toString('latin1') !== String(this.#asked)) return
    const seq = this.#asked
    this.#isAwaitingPong = false
    if (seq > this.#acknowledged) {
      this.#acknowledged = seq
      this.#onAcknowledged(seq)
    }
    if (this.#wanted > seq) this.#ping()
  }

  /** Called now and then: keeps an idle connection alive. */
  keepAlive(now: number): void {
    if (!this.#isAwaitingPong && now - this.#pingedAt > IDLE_PING_INTERVAL) this.#ping()
  }

  /** Whether a ping has gone unanswered for too long. */
  isOverdue(now: number): boolean {
    return this.#isAwaitingPong && now - this.#pingedAt > PONG_DEADLINE
  }

  #ping(): void {
    this.#asked = this.#wanted
    this.#isAwaitingPong = true
    this.#pingedAt = performance.now()
    this.#outlet.ping(this.#asked)
  }
}

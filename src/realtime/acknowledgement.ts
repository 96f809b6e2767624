import type { Outlet } from './outlet.ts'

/** A live message after a rest of this long asks for its acknowledgement at once; others share one, in milliseconds. */
const PING_INTERVAL = 50
/** An idle socket is asked whether it is still there, in milliseconds. */
const IDLE_PING_INTERVAL = 20_000
/** A client whose stack answers no ping for this long is gone, in milliseconds. */
export const PONG_DEADLINE = 30_000

/**
 * Learns what a client has received, from the pongs that every WebSocket stack sends by itself: a ping carries the last
 * number written, and its pong proves that all before it has arrived. One ping is under way at a time.
 */
export class Acknowledgement {
  readonly #outlet: Outlet
  readonly #onAcknowledged: (seq: number) => void
  #wanted = 0
  #asked = 0
  #acknowledged = 0
  #pingedAt = Number.NEGATIVE_INFINITY
  #isAwaitingPong = false
  #timer: NodeJS.Timeout | undefined

  constructor(outlet: Outlet, onAcknowledged: (seq: number) => void) {
    this.#outlet = outlet
    this.#onAcknowledged = onAcknowledged
  }

  /** Asks now: everything up to `seq` is written. */
  request(seq: number): void {
    this.#wanted = seq
    if (!this.#isAwaitingPong && seq > this.#asked) this.#ping()
  }

  /** Asks at once after a rest, else together with what comes within {@link PING_INTERVAL}. */
  requestSoon(seq: number): void {
    this.#wanted = seq
    if (this.#isAwaitingPong || this.#timer !== undefined) return
    const wait = this.#pingedAt + PING_INTERVAL - performance.now()
    if (wait <= 0) {
      this.#ping()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.request(this.#wanted)
    }, wait)
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
    if (this.#wanted > seq) this.requestSoon(this.#wanted)
  }

  /** Called now and then: keeps an idle connection alive. */
  keepAlive(now: number): void {
    if (!this.#isAwaitingPong && now - this.#pingedAt > IDLE_PING_INTERVAL) this.#ping()
  }

  /** Whether a ping has gone unanswered for too long. */
  isOverdue(now: number): boolean {
    return this.#isAwaitingPong && now - this.#pingedAt > PONG_DEADLINE
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #ping(): void {
    this.#asked = this.#wanted
    this.#isAwaitingPong = true
    this.#pingedAt = performance.now()
    this.#outlet.ping(this.#asked)
  }
}

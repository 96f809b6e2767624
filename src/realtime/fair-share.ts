/** What all sockets may have read in one turn of the event loop, and half of it at least: 2,048 small frames, or 4 MiB. */
const TURN_BYTES = 4_194_304
/** What a frame costs besides its bytes. */
const FRAME_COST = 2_048

/**
 * Shares the event loop among sockets. Without it a turn would take everything that is there to read: 1,000 sockets that
 * flood kept one turn busy for more than 15 s, in which no answer of the database was read and no message stored.
 */
export class FairShare {
  #left = TURN_BYTES
  #isScheduled = false
  readonly #waiting: (() => void)[] = []

  /** Takes a frame's share of this turn. @returns whether there was any left; if not, {@link wait} for a later turn */
  take(bytes: number): boolean {
    if (this.#left <= 0) return false
    this.#left -= FRAME_COST + bytes
    // A lone message needs no turn of its own for this.
    if (this.#left < TURN_BYTES / 2) this.#schedule()
    return true
  }

  /** Calls back in a later turn, in the order in which they came. */
  wait(resume: () => void): void {
    this.#waiting.push(resume)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#begin())
  }

  #begin(): void {
    this.#isScheduled = false
    this.#left = TURN_BYTES
    let count = 0
    for (const resume of this.#waiting) {
      if (this.#left <= 0) break
      count += 1
      resume()
    }
    this.#waiting.splice(0, count)
    if (this.#waiting.length > 0) this.#schedule()
  }
}

/** Bytes of one piece of memory; what needs more than a quarter of it gets its own. */
const SLAB_BYTES = 262_144
/** Pieces that are kept for later turns. */
const MAX_SLABS = 16

/**
 * Memory for frames that leave in the turn of the event loop in which they are made, as nearly all do: when everybody
 * who holds frames has let go, the same memory serves the next ones. Frames of messages were 36 of the 86 MB that the
 * server asked for outside of V8's heap each second at 4,500 messages of 1 KiB a second, and V8 answers such demands with
 * collections of its whole heap.
 */
export class Arena {
  #slabs: Buffer[] = []
  #current = 0
  #used = 0
  #holders = 0
  #isKept = false

  /** A buffer with undefined content, for whoever holds the arena until the buffer has been copied or written. */
  allocate(bytes: number): Buffer {
    if (bytes > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(bytes)
    if (this.#used + bytes > SLAB_BYTES) {
      this.#current += 1
      this.#used = 0
    }
    this.#slabs[this.#current] ??= Buffer.allocUnsafeSlow(SLAB_BYTES)
    const start = this.#used
    this.#used += bytes
    return (this.#slabs[this.#current] as Buffer).subarray(start, this.#used)
  }

  /** Until {@link Arena.release}, once for each call, no memory is given a second time. */
  hold(): void {
    this.#holders += 1
  }

  /** @param isKept whether something from here is still in use, such as by a socket that could not send it at once */
  release(isKept: boolean): void {
    this.#holders -= 1
    this.#isKept ||= isKept
    if (this.#holders > 0) return
    // What is kept goes with its whole piece, and so with all of this turn's: it happens to slow readers alone.
    if (this.#isKept) this.#slabs = []
    else if (this.#slabs.length > MAX_SLABS) this.#slabs.length = MAX_SLABS
    this.#current = 0
    this.#used = 0
    this.#isKept = false
  }
}

/** The memory that the hub makes frames in and the outlets send them from. */
export const frameArena = new Arena()

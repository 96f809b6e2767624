/** Bytes that are carved into buffers before new ones are asked for. */
const SLAB_BYTES = 262_144

/**
 * Memory for things of which only the most that they may take is known beforehand, one behind the other. Node pools
 * buffers below 4 KiB alone; larger ones, such as the frame of a payload of 1 KiB, cost an allocation and a collection
 * each, and every view of memory that is made on the way to the right size costs 100 ns. Whoever keeps such a buffer
 * keeps its whole slab, so what has to wait is copied, or has a slab of its own kind.
 */
export class Slab {
  /** Where to write, from {@link Slab.start} on. */
  target: Buffer
  start = 0
  #memory: Buffer
  /** Where the memory is free, while something larger than fits into it is written elsewhere. */
  #usedBefore = 0

  constructor() {
    this.#memory = Buffer.allocUnsafeSlow(SLAB_BYTES)
    this.target = this.#memory
  }

  /** Makes room for `most` bytes, whose content is undefined. Nothing may be reserved before these are taken. */
  reserve(most: number): void {
    if (most > SLAB_BYTES / 4) {
      this.target = Buffer.allocUnsafeSlow(most)
      this.#usedBefore = this.start
      this.start = 0
    } else if (this.start + most > SLAB_BYTES) {
      this.#memory = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.target = this.#memory
      this.start = 0
    }
  }

  /** The buffer of what was written from `from`, at or behind the start, up to `end`. */
  take(end: number, from = this.start): Buffer {
    const taken = this.target.subarray(from, end)
    if (this.target === this.#memory) this.start = end
    else {
      this.target = this.#memory
      this.start = this.#usedBefore
    }
    return taken
  }
}

import { AppError } from '../errors.ts'
import type { Draft } from './message.ts'

/** Messages and payload bytes of one statement. */
const BATCH_MESSAGES = 1_024
const BATCH_BYTES = 4_194_304
/** Messages and bytes of them that wait; past either a sender is told that the server is overloaded. */
const QUEUE_MESSAGES = 20_000
const QUEUE_BYTES = 33_554_432

/** Bytes that a waiting draft holds. */
const sizeOf = ({ payload, payloadJson }: Draft) => payload.length + (payloadJson?.length ?? 0)

/** Drafts that wait for their statement, in the order in which they came. */
export class DraftQueue<Entry extends { readonly draft: Draft }> {
  #entries: Entry[] = []
  #bytes = 0

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  /** @throws {AppError} `overloaded` when too much waits already */
  push(entry: Entry): void {
    if (this.#entries.length >= QUEUE_MESSAGES || this.#bytes >= QUEUE_BYTES) {
      throw new AppError('overloaded', { retryAfter: 1 })
    }
    this.#entries.push(entry)
    this.#bytes += sizeOf(entry.draft)
  }

  /** Takes what goes into the next statement. */
  take(): Entry[] {
    let count = 0
    let bytes = 0
    for (const { draft } of this.#entries) {
      if (count === BATCH_MESSAGES || (count > 0 && bytes + draft.payload.length > BATCH_BYTES)) break
      bytes += draft.payload.length
      this.#bytes -= sizeOf(draft)
      count += 1
    }
    return this.#entries.splice(0, count)
  }

  /** Takes everything. */
  clear(): Entry[] {
    this.#bytes = 0
    return this.#entries.splice(0)
  }
}

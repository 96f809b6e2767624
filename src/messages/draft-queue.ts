import { AppError } from '../errors.ts'
import type { Draft } from './message.ts'

/** Messages and payload bytes of one statement. */
const BATCH_MESSAGES = 1_024
const BATCH_BYTES = 4_194_304
/** As many as this go together whatever else: a statement costs as much as 3 or 4 messages in it. */
const UNDIVIDED_MESSAGES = 16
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

  /**
   * Takes what goes into the next statement: half of all that is there to store, counting the `answered` messages of the
   * last one, whose senders go on. If each sends one message after another, everything that waits would be all but the
   * first who was answered, and PostgreSQL and the event loop would work in turns: 64 clients that `POST` get 12 % more
   * done so, with as many statements.
   */
  take(answered: number): Entry[] {
    const half = Math.ceil((answered + this.#entries.length) / 2)
    const most = Math.min(Math.max(half, UNDIVIDED_MESSAGES), BATCH_MESSAGES)
    let count = 0
    let bytes = 0
    for (const { draft } of this.#entries) {
      if (count === most || (count > 0 && bytes + draft.payload.length > BATCH_BYTES)) break
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

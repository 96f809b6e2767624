import { AppError } from '../errors.ts'
import { DraftQueue } from './draft-queue.ts'
import { type AppendResult, type Draft, isSameContent, type StoredMessage } from './message.ts'

/** What became of a draft. */
export interface Outcome {
  message: StoredMessage
  /** Whether it had been stored before, by an earlier try with the same id. */
  isRepeated: boolean
}

interface Waiter {
  resolve: (outcome: Outcome) => void
  reject: (error: unknown) => void
}

interface Entry extends Waiter {
  draft: Draft
  /** Who sent the same while it was under way. */
  others?: Waiter[]
}

/** The narrow port to the database that the writer needs. */
export interface WriterPort {
  append(drafts: readonly Draft[], expiresAt: number, isRetry: boolean): Promise<AppendResult>
  find(ids: readonly string[]): Promise<StoredMessage[]>
  /** The database's clock in milliseconds. */
  now(): number
  /** Whether the database is likely to answer; a batch that finds it away is refused at once. */
  isAvailable(): boolean
  /** How long a batch may take, retries included, in milliseconds. */
  deadline: number
  /** Called with each batch as soon as it is committed, in the order of commits, before any sender hears of it. */
  onStored(messages: readonly StoredMessage[]): void
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/**
 * Stores messages in the order in which they come, one statement at a time: all that arrive while a statement is under
 * way go into the next one or two, so a busy server makes few large commits and a lone message waits for nothing. (A
 * second statement beside the first, of other users, gained nothing: both cores are busy, and smaller batches cost more.)
 */
export class Writer {
  readonly #port: WriterPort
  /**
   * Those whose id the client chose, by it. Our own ids are known to nobody before they are stored, so none comes twice,
   * and to enter them too took 13 % of the server's CPU. No Map: a table that a Map has outgrown points to the one that
   * follows it, so that those in the old generation, though garbage, keep what has passed through since. 50,000 messages
   * made the process grow by 45 MiB, and so by 13.
   */
  readonly #entries: Record<string, Entry> = Object.create(null)
  readonly #queue = new DraftQueue<Entry>()
  #isWriting = false

  constructor(port: WriterPort) {
    this.#port = port
  }

  /**
   * Stores a draft. Identical drafts under way share one outcome.
   * @throws {AppError} `receiver_not_found`, `message_id_taken`, `database_unavailable`, `overloaded`
   */
  write(draft: Draft): Promise<Outcome> {
    const same = draft.isClaimed ? this.#entries[draft.id] : undefined
    if (same !== undefined) return this.#writeAgain(draft, same)
    return new Promise((resolve, reject) => {
      const entry: Entry = { draft, resolve, reject }
      this.#queue.push(entry)
      if (draft.isClaimed) this.#entries[draft.id] = entry
      if (this.#isWriting) return
      this.#isWriting = true
      // All frames of one read share the first statement. (Those of a whole turn of the event loop were no better: a lone
      // message starts 9 µs later then, and at 4,900 a second p50 is 1.40 instead of 1.34 ms.)
      // A promise, since `queueMicrotask` makes an object more: 7 µs of a lone message.
      void Promise.resolve().then(() => this.#work())
    })
  }

  async #writeAgain(draft: Draft, first: Entry): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve, reject) => {
      first.others ??= []
      first.others.push({ resolve, reject })
    })
    if (isSameContent(draft, first.draft)) return { ...(await outcome), isRepeated: true }
    await outcome.catch(() => undefined)
    return this.write(draft)
  }

  async #work(): Promise<void> {
    let announce = () => {}
    let answered = 0
    while (!this.#queue.isEmpty) {
      const batch = this.#queue.take(answered)
      answered = batch.length
      const storing = this.#store(batch, false)
      // The next statement is on its way before the last one is told of: PostgreSQL and we work at the same time.
      await new Promise(setImmediate)
      announce()
      announce = await storing
    }
    this.#isWriting = false
    announce()
  }

  /**
   * Stores a batch. Never throws: every entry is settled when it returns, or will be by the function that it returns,
   * which tells of what was stored.
   */
  async #store(batch: Entry[], isSuspect: boolean): Promise<() => void> {
    const port = this.#port
    const expiresAt = port.now() + port.deadline
    const wasAvailable = port.isAvailable()
    let rest = batch
    let isRetry = isSuspect
    while (rest.length > 0) {
      try {
        const result = await port.append(
          rest.map(({ draft }) => draft),
          expiresAt,
          isRetry,
        )
        if ('stored' in result) {
          const entries = rest
          return () => this.#announce(entries, result.stored)
        }
        const repeated = result.repeatedIds.size === 0 ? [] : await port.find([...result.repeatedIds])
        rest = this.#sift(rest, result.missingUsers, new Map(repeated.map((message) => [message.id, message])), isRetry)
      } catch (error) {
        // The connection died with the outcome unknown: the same batch again, its ids looked up, tells.
        const wasTried = wasAvailable || isRetry
        const isUnknown = wasTried && error instanceof AppError && error.code === 'database_unavailable'
        // Another instance stored one of the ids between the look-up and the insert.
        const isRace = codeOf(error) === '23505'
        if ((isUnknown || isRace) && port.now() < expiresAt) {
          isRetry = true
          await new Promise((resolve) => setTimeout(resolve, isRace ? 0 : 50))
          continue
        }
        await this.#giveUp(rest, error)
        break
      }
    }
    return () => {}
  }

  #announce(entries: readonly Entry[], messages: readonly StoredMessage[]): void {
    this.#port.onStored(messages)
    for (const [index, entry] of entries.entries()) {
      this.#settle(entry, { message: messages[index] as StoredMessage, isRepeated: false })
    }
  }

  /** Answers what can be answered without storing; returns the rest. */
  #sift(batch: Entry[], missing: ReadonlySet<string>, repeated: Map<string, StoredMessage>, isRetry: boolean): Entry[] {
    return batch.filter((entry) => {
      const { draft } = entry
      const stored = repeated.get(draft.id)
      if (stored !== undefined) {
        if (!isSameContent(draft, stored)) this.#settle(entry, new AppError('message_id_taken'))
        else {
          // Stored by a try of this very batch whose answer was lost: nobody was told of it yet.
          if (isRetry) this.#port.onStored([stored])
          this.#settle(entry, { message: stored, isRepeated: true })
        }
      } else if (missing.has(draft.sender_id)) this.#settle(entry, new AppError('unauthorized'))
      else if (missing.has(draft.receiver_id)) this.#settle(entry, new AppError('receiver_not_found'))
      else return true
      return false
    })
  }

  async #giveUp(batch: Entry[], error: unknown): Promise<void> {
    if (error instanceof AppError) {
      for (const entry of [...batch, ...this.#queue.clear()]) this.#settle(entry, error)
    } else if (batch.length === 1) {
      for (const entry of batch) this.#settle(entry, error)
    } else {
      // Something in it is not to PostgreSQL's liking: halves, until the culprit stands alone.
      const middle = batch.length >> 1
      for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
        const announce = await this.#store(half, true)
        announce()
      }
    }
  }

  #settle(entry: Entry, outcome: Outcome | unknown): void {
    if (entry.draft.isClaimed) delete this.#entries[entry.draft.id]
    for (const { resolve, reject } of [entry, ...(entry.others ?? [])]) {
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome as Outcome)
    }
  }
}

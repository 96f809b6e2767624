import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { PASSWORD_MAX_BYTES } from '../../schemas/primitives.ts'
import { AppError } from '../errors.ts'

/** A hash of nobody's password, of the same cost: a name that nobody has must take as long as one that has. */
const DUMMY_HASH = '$2y$10$K8ygteEtnoSbHxIex7dUFOEdCd0kPFZ9eZyZpzh94W7u0VdUZ8.MC'

/** Threads that nobody needs are ended after this many milliseconds. */
const IDLE_TIMEOUT = 30_000

/** Hashing and checking of passwords, bounded in CPU and in queue. */
export interface Passwords {
  hash(password: string): Promise<string>
  /**
   * Whether the password is the hash's; without a hash it is never, in the same time.
   * @throws AppError `overloaded` when the queue is full or its wait too long
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>
  /** Ends the threads. */
  close(): Promise<void>
}

interface Bounds {
  /** How many run at a time while there are no messages, and one less, if not the last, while there are. */
  concurrency?: number
  /** Whether messages pass through this instance, which need a core now. */
  carriesMessages?: () => boolean
  /** How many may wait. */
  queue?: number
  /** How long they may wait. */
  waitMs?: number
}

/** Passwords behind a short queue; past it everybody is better served by a quick refusal. */
export function createPasswords({
  concurrency = availableParallelism(),
  carriesMessages = () => false,
  queue = 64,
  waitMs = 5_000,
}: Bounds = {}): Passwords {
  const threads = new Piscina<{ password: string; passwordHash?: string }, string | boolean>({
    filename: new URL('./password-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: concurrency,
    idleTimeout: IDLE_TIMEOUT,
  })
  const waiting: { since: number; start: () => void; refuse: (error: AppError) => void }[] = []
  let running = 0
  const overloaded = () => new AppError('overloaded', { retryAfter: 1 })

  const limit = () => (carriesMessages() ? Math.max(1, concurrency - 1) : concurrency)

  /** Fills the free places from the queue. */
  function startWaiting() {
    while (running < limit()) {
      const turn = waiting.shift()
      if (turn === undefined) return
      // Whoever waited too long has given up by now; work for him would only make the next one late as well.
      if (Date.now() - turn.since > waitMs) turn.refuse(overloaded())
      else {
        running += 1
        turn.start()
      }
    }
  }

  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    // A place may have become free because no more messages come: nobody overtakes the queue.
    startWaiting()
    if (running < limit()) running += 1
    else if (waiting.length >= queue) throw overloaded()
    else await new Promise<void>((start, refuse) => waiting.push({ since: Date.now(), start, refuse }))
    try {
      return await work()
    } finally {
      running -= 1
      startWaiting()
    }
  }

  return {
    hash: async (password) => String(await bounded(() => threads.run({ password }))),
    verify: (password, passwordHash) =>
      bounded(async () => {
        const same = await threads.run({ password, passwordHash: passwordHash ?? DUMMY_HASH })
        // bcrypt reads 72 bytes: a longer text would pass for the password that it starts with.
        return same === true && passwordHash !== undefined && Buffer.byteLength(password) <= PASSWORD_MAX_BYTES
      }),
    close: () => threads.destroy(),
  }
}

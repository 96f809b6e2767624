import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { PASSWORD_MAX_BYTES } from '../../schemas/primitives.ts'
import { AppError } from '../errors.ts'
import { createLoopLoad } from './loop-load.ts'

/** A hash of nobody's password, of the same cost: a name that nobody has must take as long as one that has. */
const DUMMY_HASH = '$2y$10$K8ygteEtnoSbHxIex7dUFOEdCd0kPFZ9eZyZpzh94W7u0VdUZ8.MC'

/** Threads that nobody needs are ended after this many milliseconds. */
const IDLE_TIMEOUT = 30_000

/** A loop that works more than this share of its time has messages to see to: logins alone take 0.09 of it. */
const BUSY = 0.12

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
  /** How many run at a time while the event loop has little to do, and one less, if not the last, while it is busy. */
  concurrency?: number
  /** The share of its time that the event loop works, 0 to 1. */
  loopLoad?: () => number
  /** How many may wait. */
  queue?: number
  /** How long they may wait. */
  waitMs?: number
}

/** Passwords behind a short queue; past it everybody is better served by a quick refusal. */
export function createPasswords({
  concurrency = availableParallelism(),
  loopLoad = createLoopLoad(),
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

  const limit = () => (loopLoad() > BUSY ? Math.max(1, concurrency - 1) : concurrency)

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
    // A place may have become free because the event loop has come to rest: nobody overtakes the queue.
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

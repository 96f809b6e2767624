import { AppError } from '../errors.ts'

/** Sends a second and a user that are sustained, and how many may come at once after a rest. */
const RATE = 200
const BURST = 1_000
const SWEEP_INTERVAL = 10_000

interface Bucket {
  tokens: number
  /** Milliseconds, monotonic. */
  filledAt: number
}

/**
 * Counts sends by user over both transports (a token bucket each). Buckets that have filled up again are forgotten, so
 * memory is bounded by the users of the last seconds.
 * @returns a function that counts one send. It throws {@link AppError} `rate_limited`
 */
export function createSendLimit(now: () => number = () => performance.now()): (userId: string) => void {
  const buckets = new Map<string, Bucket>()
  let sweptAt = now()

  function sweep(time: number): void {
    sweptAt = time
    for (const [userId, { tokens, filledAt }] of buckets) {
      if (tokens + ((time - filledAt) * RATE) / 1_000 >= BURST) buckets.delete(userId)
    }
  }

  return function admit(userId) {
    const time = now()
    if (time - sweptAt > SWEEP_INTERVAL) sweep(time)
    const bucket = buckets.get(userId) ?? { tokens: BURST, filledAt: time }
    bucket.tokens = Math.min(BURST, bucket.tokens + ((time - bucket.filledAt) * RATE) / 1_000)
    bucket.filledAt = time
    buckets.set(userId, bucket)
    if (bucket.tokens < 1) throw new AppError('rate_limited', { retryAfter: 1 })
    bucket.tokens -= 1
  }
}

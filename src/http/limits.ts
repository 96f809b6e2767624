import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'

interface Limit {
  /** Requests within a window. */
  max: number
  windowMs?: number
  /** What is counted; by default the client's address (of IPv6 its /64). */
  key?: (request: FastifyRequest) => string
}

/**
 * Makes a hook that refuses with 429 what comes too often. It counts in the scope of the given instance alone.
 * Every hook keeps 5,000 counters (the plugin's default) and forgets the least recently used: memory is bounded whoever
 * knocks.
 * @param enabled false makes a hook that lets everything pass (`RATE_LIMIT=off`)
 */
export async function createLimiter(api: FastifyInstance, enabled: boolean) {
  if (!enabled) return () => async () => {}
  await api.register(rateLimit, { global: false })
  return ({ max, windowMs = 60_000, key }: Limit) => {
    const count = api.createRateLimit({ max, timeWindow: windowMs, ...(key ? { keyGenerator: key } : {}) })
    return async (request: FastifyRequest) => {
      const result = await count(request)
      if (!result.isAllowed && result.isExceeded)
        throw new AppError('rate_limited', { retryAfter: result.ttlInSeconds })
    }
  }
}

import type { Bus } from './bus.ts'

/** How long a message counts, in milliseconds. */
const RECENT = 1_000

/** Makes a gauge of whether messages pass through this instance: at least one a second. */
export function watchTraffic(bus: Pick<Bus, 'subscribe'>): () => boolean {
  let lastAt = Number.NEGATIVE_INFINITY
  bus.subscribe(() => {
    lastAt = performance.now()
  })
  return () => performance.now() - lastAt < RECENT
}

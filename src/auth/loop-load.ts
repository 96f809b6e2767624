import { performance } from 'node:perf_hooks'

/** How long a measurement holds, in milliseconds. */
const WINDOW = 500

/** Makes a gauge of the share of its time that the event loop works, 0 to 1, over the last half second or longer. */
export function createLoopLoad(): () => number {
  const utilizationSince = performance.eventLoopUtilization
  let mark = utilizationSince()
  let measuredAt = performance.now()
  let load = 0
  return () => {
    const now = performance.now()
    if (now - measuredAt < WINDOW) return load
    const current = utilizationSince()
    load = utilizationSince(current, mark).utilization
    mark = current
    measuredAt = now
    return load
  }
}

import { closeCodes } from '../../schemas/frame.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'

/** How often all sockets are looked at, in milliseconds: one timer, not one each. */
const SWEEP_INTERVAL = 1_000
/** How long a slow reader may take nothing before it is closed, in milliseconds. */
const STALL_DEADLINE = 30_000

/** Ends a socket whose time is over: token expired, stuck, or gone without a word. */
function check(connection: Connection, now: number): void {
  const { outlet, acknowledgement, visitor } = connection
  const stalledSince = outlet.isFull ? outlet.stalledSince : undefined
  if (visitor.expiresAt <= Date.now()) outlet.close(closeCodes.tokenExpired)
  else if (stalledSince !== undefined && now - stalledSince > STALL_DEADLINE) outlet.close(closeCodes.overloaded)
  else if (stalledSince === undefined && !connection.inbox.isPaused && acknowledgement.isOverdue(now))
    outlet.terminate()
  else acknowledgement.keepAlive(now)
}

/**
 * Looks at all sockets once a second.
 * @returns a function that ends it
 */
export function startHeartbeat(hub: Pick<Hub, 'visit'>): () => void {
  const timer = setInterval(() => {
    const now = performance.now()
    hub.visit((connection) => check(connection, now))
  }, SWEEP_INTERVAL)
  return () => clearInterval(timer)
}

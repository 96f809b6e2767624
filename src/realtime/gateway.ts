import { closeCodes } from '../../schemas/frame.ts'
import type { Database } from '../db/database.ts'
import type { Position } from '../messages/message.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from './bus.ts'
import { coalesce } from './coalesce.ts'
import type { Connection } from './connection.ts'
import { createDeliveries } from './deliveries.ts'
import { startHeartbeat } from './heartbeat.ts'
import { Hub } from './hub.ts'
import type { MailboxPort } from './mailbox-reader.ts'
import { createTurnstile } from './turnstile.ts'

/** How often the ends of all connected users' mailboxes are looked up, so that no lost announcement is lost for long. */
const SWEEP_INTERVAL = 2_500
const USERS_PER_LOOK_UP = 1_000
/** Pages of mailboxes in memory at a time. */
const READERS = 4
/** Sockets said good-bye to in a second: their clients come back elsewhere, not all at once. */
const GOODBYES_PER_SECOND = 1_000

interface Ports {
  messages: Pick<Messages, 'mailbox' | 'mailboxStates' | 'mailboxEnds' | 'saveDeliveries'>
  db: Pick<Database, 'available' | 'onAvailable'>
  bus: Bus
  onFault(error: unknown): void
}

/** What all connections of an instance share. */
export function createGateway({ messages, db, bus, onFault }: Ports) {
  const hub = new Hub()
  const deliveries = createDeliveries({ save: messages.saveDeliveries, onFault })
  const lookUpState = coalesce((userIds) => messages.mailboxStates(userIds), USERS_PER_LOOK_UP)
  const takeTurn = createTurnstile(READERS)

  const mailbox: MailboxPort = {
    state: async (userId) => {
      const state = await lookUpState(userId)
      return state && { ...state, delivered: Math.max(state.delivered, deliveries.pendingFor(userId)) }
    },
    read: (userId, range) => takeTurn(() => messages.mailbox(userId, range)),
  }

  /**
   * Tells connections that are behind, or could not open, where their mailboxes end: they read on. Of the others nothing
   * is heard: V8 gives the memory of a burst back to a server that is idle, which one that read 5,000 ends was not.
   */
  async function sweep(): Promise<void> {
    if (!db.available) return
    const positions: Position[] = []
    hub.visit(({ visitor, position }) => positions.push([visitor.userId, position]))
    for (let at = 0; at < positions.length; at += USERS_PER_LOOK_UP) {
      const ends = await messages.mailboxEnds(positions.slice(at, at + USERS_PER_LOOK_UP))
      for (const { user_id, head } of ends) hub.notice(user_id, head)
    }
    void deliveries.flush()
  }
  // An outage in the middle of a sweep ends it; its end starts the next.
  const trySweep = () => void sweep().catch(() => undefined)

  bus.subscribe((stored) => hub.deliver(stored))
  db.onAvailable(trySweep)
  const timer = setInterval(trySweep, SWEEP_INTERVAL)
  const stopHeartbeat = startHeartbeat(hub)

  return {
    hub,
    mailbox,
    markDelivered: deliveries.mark,
    /**
     * Says good-bye to everyone, spread over at most half of the grace: what was accepted is answered first. Who has
     * not hung up by the end of `graceMs` is cut off.
     */
    stop: async (graceMs: number): Promise<void> => {
      const connections: Connection[] = []
      hub.visit((connection) => connections.push(connection))
      const window = Math.min(graceMs / 2, (connections.length * 1_000) / GOODBYES_PER_SECOND)
      const goodbyes = connections.map(async (connection, index) => {
        await new Promise((resolve) => setTimeout(resolve, (window * index) / connections.length))
        await connection.stop(closeCodes.stopping)
        await connection.gone
      })
      const deadline = new Promise((resolve) => setTimeout(resolve, graceMs * 0.8).unref())
      await Promise.race([Promise.all(goodbyes), deadline])
      hub.visit(({ outlet }) => outlet.terminate())
      await deliveries.flush()
    },
    close: (): void => {
      clearInterval(timer)
      stopHeartbeat()
    },
  }
}

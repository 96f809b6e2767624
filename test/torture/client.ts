import type { ClientEvent, ClientInfo } from './evidence.ts'
import type { Traffic } from './outbox.ts'

type WithoutPlace<E> = E extends ClientEvent ? Omit<E, 'at' | 'client' | 'connection'> : never

/** A client's event without what the recorder knows already. */
export type Note = WithoutPlace<ClientEvent>

/** What every client is made from. */
export interface ClientOptions {
  readonly info: ClientInfo
  /** `host:port` of the link to the server. */
  readonly address: string
  readonly token: string
  readonly traffic: Traffic
  readonly record: (event: ClientEvent) => void
}

/** A client under torture; it lives until it is closed, whatever happens to its connections. */
export interface Client {
  readonly info: ClientInfo
  /** @returns how many messages are sent, or marked as read, and neither acknowledged nor refused for good */
  readonly pending: () => number
  /** Stops composing; what is pending is still repeated. */
  readonly drain: () => void
  /** Stops reading for a while, as a suspended phone does. */
  readonly freeze: (ms: number) => void
  /** Drops the connection and comes back. */
  readonly reconnect: () => void
  readonly close: () => void
}

/** A frame or a body from the server, read no further than needed. */
export interface Incoming {
  readonly id?: string
  readonly seq?: number
  readonly sender_id?: string
  readonly payload?: number[]
  readonly error?: string
  readonly type?: 'caught_up' | 'reset'
  readonly persisted?: false
}

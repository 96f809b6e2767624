import { randomUUID } from 'node:crypto'
import { writePayload } from './payload.ts'
import type { Random } from './random.ts'

/** A message that its sender repeats under one id until it is acknowledged or refused for good. */
export interface Pending {
  readonly id: string
  readonly receiver: string
  readonly valid: boolean
  readonly body: string
  /** When it was last sent, or 0 when it waits to be sent (again). */
  sentAt: number
}

/** What one client sends, and to whom. */
export interface Traffic {
  /** Users to write to; the client's own id may be among them. */
  readonly receivers: readonly string[]
  /** Messages a second. */
  readonly rate: number
  readonly random: Random
}

/** Refusals that say "later", whatever the transport: everything else is final. */
const passing = /database|overloaded|rate limit|stopping|internal server error|too many/

/** @returns whether sending the same thing again may succeed */
export const isPassing = (error: string): boolean => passing.test(error)

/** Makes the next message: mostly small, sometimes as large as it may be, and now and then to nobody. */
export const compose = ({ receivers, random }: Traffic): Pending => {
  const id = randomUUID()
  const dice = random.next()
  const length = dice < 0.002 ? 65_536 : dice < 0.02 ? random.between(4096, 16_384) : random.between(16, 120)
  const valid = random.next() >= 0.01
  const receiver = valid ? random.pick(receivers) : randomUUID()
  const body = JSON.stringify({ receiver_id: receiver, payload: writePayload(id, length), id })
  return { id, receiver, valid, body, sentAt: 0 }
}

import { type Static, Type } from '@sinclair/typebox'
import { Id, MAX_PAYLOAD_BYTES, payload, Seq, Timestamp } from './primitives.ts'

/**
 * A message on its way in: the body of `POST /api/messages` and the frame of a socket alike.
 * @param maxPayloadBytes largest payload in bytes
 */
export const newMessage = (maxPayloadBytes: number) =>
  Type.Object(
    {
      receiver_id: Id,
      payload: payload(maxPayloadBytes),
      id: Type.Optional({ ...Id, description: 'Chosen by the client; sending it again stores nothing twice' }),
    },
    { title: 'NewMessage', additionalProperties: false },
  )
export type NewMessage = Static<ReturnType<typeof newMessage>>

/** A stored message as one of its two parties reads it. */
export const Message = Type.Object(
  {
    id: Id,
    sender_id: Id,
    receiver_id: Id,
    payload: payload(MAX_PAYLOAD_BYTES),
    created_at: Timestamp,
    seq: Seq,
  },
  { title: 'Message' },
)
export type Message = Static<typeof Message>

/** `GET /api/messages/{user_id}`. */
export const HistoryQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 0 })),
    before: Type.Optional({ ...Id, description: 'Messages older than this one, newest first' }),
    after: Type.Optional({ ...Id, description: 'Messages newer than this one, oldest first' }),
  },
  { additionalProperties: false },
)
export type HistoryQuery = Static<typeof HistoryQuery>

/** `GET /api/sync`. */
export const SyncQuery = Type.Object(
  {
    after: { ...Seq, default: 0, description: 'The last number the client has' },
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 500 }),
  },
  { additionalProperties: false },
)
export type SyncQuery = Static<typeof SyncQuery>

/** A stretch of the caller's mailbox and where the mailbox ends. */
export const Sync = Type.Object({ messages: Type.Array(Message), head: Seq }, { title: 'Sync' })
export type Sync = Static<typeof Sync>

import { type Static, Type } from '@sinclair/typebox'
import { Message } from './message.ts'
import { Id, Seq } from './primitives.ts'
import { User } from './user.ts'

/** Everything exchanged with one other user, seen from its end. */
export const Conversation = Type.Object(
  {
    user: User,
    last_message: Message,
    unread: Type.Integer({ minimum: 0, description: 'Received messages not marked as read' }),
  },
  { title: 'Conversation' },
)
export type Conversation = Static<typeof Conversation>

/** `GET /api/conversations`. */
export const ConversationsQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    before: Type.Optional({ ...Id, description: '`last_message.id` of the last entry read' }),
  },
  { additionalProperties: false },
)
export type ConversationsQuery = Static<typeof ConversationsQuery>

/** `PUT /api/conversations/{user_id}/read`. */
export const ReadMark = Type.Object({ seq: Seq }, { title: 'ReadMark', additionalProperties: false })
export type ReadMark = Static<typeof ReadMark>

/** How far a conversation has been read, and what is left. */
export const ReadState = Type.Object({ seq: Seq, unread: Type.Integer({ minimum: 0 }) }, { title: 'ReadState' })
export type ReadState = Static<typeof ReadState>

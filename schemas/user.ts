import { type Static, Type } from '@sinclair/typebox'
import { Id, Timestamp, USERNAME_MAX, Username } from './primitives.ts'

/** What anybody may know of a user. */
export const User = Type.Object({ id: Id, username: Username, created_at: Timestamp }, { title: 'User' })
export type User = Static<typeof User>

/** `GET /api/users`: the people whose name starts with a text. */
export const UserSearch = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: USERNAME_MAX,
      description: 'How the name starts, without regard to case',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  },
  { additionalProperties: false },
)
export type UserSearch = Static<typeof UserSearch>

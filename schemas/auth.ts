import { type Static, Type } from '@sinclair/typebox'
import { Password, Timestamp, Username } from './primitives.ts'
import { User } from './user.ts'

/** `POST /api/auth/register`. */
export const Registration = Type.Object(
  { username: Username, password: Password },
  { title: 'Registration', additionalProperties: false },
)
export type Registration = Static<typeof Registration>

/** `POST /api/auth/login`: any text, so that what could never register is refused like a wrong password. */
export const Credentials = Type.Object(
  { username: Type.String({ maxLength: 1024 }), password: Type.String({ maxLength: 1024 }) },
  { title: 'Credentials', additionalProperties: false },
)
export type Credentials = Static<typeof Credentials>

const Token = Type.String({ description: 'JWT for the Authorization header or /ws?token=' })

/** The answer to a registration. */
export const Registered = Type.Object({ token: Token, user: User }, { title: 'Registered' })
export type Registered = Static<typeof Registered>

/** The answer to a login. */
export const Session = Type.Object({ token: Token, expires_at: Timestamp }, { title: 'Session' })
export type Session = Static<typeof Session>

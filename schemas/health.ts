import { type Static, Type } from '@sinclair/typebox'

/** `GET /health` (specification, section 5.2). */
export const Health = Type.Object(
  {
    status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded')]),
    database: Type.Union([Type.Literal('connected'), Type.Literal('disconnected')]),
  },
  { title: 'Health' },
)
export type Health = Static<typeof Health>

/** `GET /health/live`. */
export const Liveness = Type.Object({ status: Type.Literal('alive') }, { title: 'Liveness' })
export type Liveness = Static<typeof Liveness>

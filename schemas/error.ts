import { type Static, Type } from '@sinclair/typebox'

/** Every refusal, on both transports (specification, section 13.2). */
export const ErrorReply = Type.Object(
  { error: Type.String({ description: 'Human readable message' }) },
  { title: 'Error' },
)
export type ErrorReply = Static<typeof ErrorReply>

const descriptions = {
  400: 'The request is not valid; the message names the place',
  401: 'The token is missing, malformed, expired or not ours',
  403: 'Not allowed from this origin',
  404: 'There is no such thing',
  409: 'It exists already with other content',
  413: 'The body is larger than the server takes',
  415: 'The body is not application/json',
  429: 'Too many requests; see Retry-After',
  503: 'The database is away or the server is at its limit; see Retry-After',
} as const

/** A status other than success that a route may answer with. */
export type FailureStatus = keyof typeof descriptions

/** The `response` entries of a route for the statuses it may fail with. */
export const failures = <const S extends FailureStatus>(...statuses: S[]) =>
  Object.fromEntries(
    statuses.map((status) => [status, { ...ErrorReply, description: descriptions[status] } as typeof ErrorReply]),
  ) as Record<S, typeof ErrorReply>

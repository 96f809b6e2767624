import type { ErrorReply } from '../schemas/error.ts'

/** What can go wrong by a rule of ours, and what the client reads then. */
const messages = {
  bad_request: 'bad request',
  username_taken: 'username already exists',
  invalid_credentials: 'invalid credentials',
  unauthorized: 'missing or invalid token',
  origin_not_allowed: 'origin not allowed',
  route_not_found: 'route not found',
  user_not_found: 'user not found',
  receiver_not_found: 'receiver not found',
  message_not_found: 'message not found',
  message_id_taken: 'message id already used with other content',
  body_too_large: 'request body is too large',
  unsupported_media_type: 'content type must be application/json',
  rate_limited: 'rate limit exceeded',
  receiver_offline: 'receiver is offline and the database is unavailable',
  database_unavailable: 'database unavailable',
  overloaded: 'server is overloaded, try again later',
  stopping: 'server is stopping',
  internal: 'internal server error',
} as const

/** The name of a refusal. HTTP owns the table of statuses; the socket has none. */
export type ErrorCode = keyof typeof messages

/** A refusal that the client may read. Everything else that is thrown is a fault and reads as `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, options: { message?: string; retryAfter?: number; cause?: unknown } = {}) {
    super(options.message ?? messages[code], options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.retryAfter = options.retryAfter
  }
}

/** The body that any transport answers with; the text of a fault never leaves the process. */
export const toReply = (error: unknown): ErrorReply => ({
  error: error instanceof AppError ? error.message : messages.internal,
})

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AppError, type ErrorCode, toReply } from '../errors.ts'
import { bareHeaders } from './headers.ts'

/** The status of every refusal; a code without one does not compile. */
const statuses: Record<ErrorCode, number> = {
  bad_request: 400,
  username_taken: 400,
  receiver_not_found: 400,
  unauthorized: 401,
  invalid_credentials: 401,
  origin_not_allowed: 403,
  route_not_found: 404,
  user_not_found: 404,
  message_not_found: 404,
  message_id_taken: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  receiver_offline: 503,
  database_unavailable: 503,
  overloaded: 503,
  stopping: 503,
}

/** What a client may assume where nothing better is known: the database is back within seconds (contract, 6). */
const defaultRetryAfter: Readonly<Record<number, number>> = { 429: 60, 503: 5 }

const JSON_TYPE = 'application/json; charset=utf-8'

/** Errors of Fastify and its plugins, whose own words may quote the URL or our internals. */
function translate(error: Partial<FastifyError>): AppError {
  if (error.validation)
    return new AppError('bad_request', error.message === undefined ? {} : { message: error.message })
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('body_too_large')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('unsupported_media_type')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new AppError('bad_request', { message: 'body must not be empty' })
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('bad_request', { message: 'body is not valid JSON' })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AppError('bad_request', { message: 'body does not have the length of its Content-Length' })
    case 'FST_ERR_BAD_URL':
      return new AppError('bad_request', { message: 'URL is not valid' })
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new AppError('bad_request', { message: 'URL is too long' })
  }
  const status = error.statusCode ?? 500
  if (status === 404) return new AppError('route_not_found')
  if (status === 413) return new AppError('body_too_large')
  if (status === 415) return new AppError('unsupported_media_type')
  if (status >= 400 && status < 500) return new AppError('bad_request')
  return new AppError('internal', { cause: error })
}

/**
 * Answers with a refusal; the one place where an error becomes an HTTP reply, the server option `frameworkErrors`
 * included.
 * A fault is logged with its route pattern, never with its URL, which may carry a token.
 */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = thrown instanceof AppError ? thrown : translate((thrown ?? {}) as Partial<FastifyError>)
  const status = statuses[error.code]
  if (error.code === 'internal') {
    request.log.error(
      { err: thrown, method: request.method, route: request.routeOptions.url ?? null },
      'request failed',
    )
  }
  const retryAfter = error.retryAfter ?? defaultRetryAfter[status]
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', Math.ceil(retryAfter))
  // Bad URLs are refused before any hook, some requests before the one that sets the security headers.
  if (!reply.raw.hasHeader('x-content-type-options')) reply.headers(bareHeaders)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  reply.code(status).type(JSON_TYPE).send(toReply(error))
}

/** Makes every refusal and fault in Fastify's care a JSON answer, unknown routes included. */
export const errorsPlugin = fp(
  async function errors(app) {
    app.setErrorHandler(sendError)
    app.setNotFoundHandler((request, reply) => sendError(new AppError('route_not_found'), request, reply))
  },
  { name: 'errors' },
)

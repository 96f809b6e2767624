import { type FastifyHttpOptions, type FastifyServerOptions, LogController, type RawServerDefault } from 'fastify'
import type { Config } from '../config.ts'
import { clientErrorHandler } from './client-errors.ts'
import { sendError } from './errors.ts'

/** Room for a token of 100 kB in header or URL, which is then refused as a token and not as a header. */
const MAX_HEADER_BYTES = 131_072
/** Credentials and marks are small; a route that takes payloads says so itself. */
const BODY_LIMIT = 16_384
const SECOND = 1_000

/** A reconnect storm fills Node's default of 511 at once. */
export const LISTEN_BACKLOG = 4_096

/**
 * How Fastify is set up, in production and in tests alike.
 * @param logger pino's options, or false for silence
 */
export function serverOptions(
  config: Config,
  logger: FastifyServerOptions['logger'] = { level: config.logLevel },
): FastifyHttpOptions<RawServerDefault> {
  return {
    logger,
    // Fastify's own request lines carry the URL, and with it the token of `/ws?token=`; http/access-log.ts does not.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    bodyLimit: BODY_LIMIT,
    // Fastify's default for the next two is 0, which is no limit at all.
    requestTimeout: 30 * SECOND,
    connectionTimeout: 60 * SECOND,
    keepAliveTimeout: 72 * SECOND,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 20 * SECOND,
      // Node's own refusal has no body; http/access.ts refuses in ours.
      requireHostHeader: false,
    },
    forceCloseConnections: 'idle',
    // Fastify's own answer is not in our shape; http/stopping.ts gives one.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    frameworkErrors: sendError,
    clientErrorHandler,
  }
}

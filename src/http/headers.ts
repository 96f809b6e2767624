import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import cors from '@fastify/cors'
import fp from 'fastify-plugin'
import helmet from 'helmet'

/** What outlives Fastify's hooks: headers of answers to what is no request yet. */
export const bareHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

const self = "'self'"
const none = "'none'"

/** No inline code, nothing foreign, no strings into the DOM; and nothing that needs https, for there is none. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': [none],
    'script-src': [self],
    'style-src': [self],
    'img-src': [self, 'blob:', 'data:'],
    'connect-src': [self, 'ws:', 'wss:'],
    'manifest-src': [self],
    'base-uri': [none],
    'form-action': [self],
    'frame-ancestors': [none],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': [none],
  },
}

/** helmet sets the same headers on every answer, so it is asked for them once: doing so took 4 % of a send's time. */
function securityHeaders(): Record<string, string> {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  const setHeaders = helmet({
    contentSecurityPolicy,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false,
    // Ignored on plain http, with a warning in the console of every visitor.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xFrameOptions: { action: 'deny' },
  })
  setHeaders(request, response, () => {})
  return response.getHeaders() as Record<string, string>
}

/**
 * Security headers on every answer, CORS for the origins that are allowed. Whatever does not say otherwise is not
 * to be cached: answers are of one user, and may hold a token.
 */
export const headersPlugin = fp<{ corsOrigins: readonly string[] }>(
  async function headers(app, { corsOrigins }) {
    const headers = { ...securityHeaders(), 'cache-control': 'no-store' }
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers)
      done()
    })
    if (corsOrigins.length === 0) return
    const allowed = new Set(corsOrigins)
    await app.register(cors, {
      // False leaves the answer without any of CORS, as if it were not there.
      origin: (origin, callback) => callback(null, origin !== undefined && allowed.has(origin)),
      methods: ['GET', 'HEAD', 'POST', 'PUT'],
      allowedHeaders: ['Authorization', 'Content-Type'],
      exposedHeaders: ['Link', 'Retry-After'],
      maxAge: 600,
      strictPreflight: false,
    })
  },
  { name: 'headers' },
)

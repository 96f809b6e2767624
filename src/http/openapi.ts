import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { components } from '../../schemas/index.ts'
import { hoist } from './openapi-hoist.ts'
import { socketPaths } from './openapi-socket.ts'

const info = {
  title: 'Messenger',
  version: '1.0.0',
  description:
    'One-to-one messages of opaque bytes, over HTTP and WebSocket. Nothing is lost, doubled or reordered.\n\n' +
    'Every refusal is `{"error": "human readable message"}`. 429 and 503 carry `Retry-After`.',
}

const tags = [
  { name: 'auth', description: 'Accounts and tokens' },
  { name: 'users', description: 'Finding people' },
  { name: 'messages', description: 'Sending, history, and the mailbox with its gap-free numbers' },
  { name: 'conversations', description: 'With whom, what last, how much unread' },
  { name: 'realtime', description: 'The socket' },
  { name: 'health', description: 'For balancers and supervisors' },
]

/** Swagger UI shows its icons as data and loads the rest from here; of inline styles it misses only an invisible one. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Routes with a summary are documented; what has none is no part of the API (the page, preflights). The root of a
 * prefix answers with and without a slash at its end, and is documented without.
 */
const describeRoute = ({ schema, url }: { schema: FastifySchema | undefined; url: string }) => ({
  schema: schema?.summary === undefined ? { ...schema, hide: true } : schema,
  url: url.replace(/(?<=.)\/$/, ''),
})

/** An answer without a description is called by its status, instead of `Default Response`. */
function nameAnswers<D extends { paths?: object | undefined }>(document: D): D {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const { responses } of Object.values(
      operations as Record<string, { responses: Record<string, { description: string }> }>,
    )) {
      for (const [status, answer] of Object.entries(responses)) {
        if (answer.description === 'Default Response') answer.description = STATUS_CODES[status] ?? status
      }
    }
  }
  return document
}

/** The OpenAPI 3.1 document of all routes registered after it, at `/openapi.json`, and a page to read and try it. */
export const openapiPlugin = fp(
  async function openapi(app: FastifyInstance) {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info,
        tags,
        servers: [{ url: '/' }],
        security: [{ bearer: [] }],
        paths: socketPaths(),
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From register or login' },
          },
        },
      },
      transform: describeRoute,
      transformObject: (document) =>
        'openapiObject' in document ? hoist(nameAnswers(document.openapiObject), components) : document.swaggerObject,
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: docsPolicy,
      uiConfig: { deepLinking: true, persistAuthorization: false, tryItOutEnabled: true },
      theme: { title: 'Messenger API' },
    })

    let text: string | undefined
    app.get('/openapi.json', async (_request, reply) => {
      text ??= JSON.stringify(app.swagger())
      return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text)
    })
  },
  { name: 'openapi' },
)

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Health, Liveness } from '../../schemas/health.ts'
import type { Database } from '../db/database.ts'

/** Nobody is asked for a token here, nothing is counted, and a stopping server answers too. */
const config = { whileStopping: true }

/** `GET /health` for balancers and people, `GET /health/live` for whoever restarts a process that hangs. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ db: Pick<Database, 'ping'> }> = async function healthRoutes(
  api,
  { db },
) {
  api.get(
    '/health',
    {
      config,
      schema: {
        summary: 'Whether requests should come here',
        tags: ['health'],
        security: [],
        response: { 200: Health, 503: { ...Health, description: 'The database is away, or the server is stopping' } },
      },
    },
    async (_request, reply) => {
      const connected = await db.ping()
      const healthy = connected && !api.stopping
      return reply.code(healthy ? 200 : 503).send({
        status: healthy ? 'healthy' : 'degraded',
        database: connected ? 'connected' : 'disconnected',
      })
    },
  )

  api.get(
    '/health/live',
    {
      config,
      schema: {
        summary: 'Whether the process serves at all',
        tags: ['health'],
        security: [],
        response: { 200: Liveness },
      },
    },
    async () => ({ status: 'alive' as const }),
  )
}

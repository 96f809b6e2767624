import type { FastifyPluginAsync } from 'fastify'
import { userRoutes } from './routes.ts'
import type { Users } from './service.ts'

/** Everything about users over HTTP, below `/api/users`. */
export const usersPlugin: FastifyPluginAsync<{ users: Users }> = async function users(app, options) {
  app.register(userRoutes, { ...options, prefix: '/api/users' })
}

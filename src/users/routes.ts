import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { failures } from '../../schemas/error.ts'
import { Id } from '../../schemas/primitives.ts'
import { User, UserSearch } from '../../schemas/user.ts'
import type { Users } from './service.ts'

/** `GET /`, `GET /me` and `GET /:id`, for whoever has a token. */
export const userRoutes: FastifyPluginAsyncTypebox<{ users: Users }> = async function userRoutes(api, { users }) {
  api.addHook('onRequest', api.authenticate)

  api.get(
    '/',
    {
      schema: {
        summary: 'Find users by the start of their name',
        tags: ['users'],
        querystring: UserSearch,
        response: { 200: Type.Array(User), ...failures(400, 401, 503) },
      },
    },
    async (request) => users.search(request.query),
  )

  api.get(
    '/me',
    { schema: { summary: 'The caller', tags: ['users'], response: { 200: User, ...failures(401, 404, 503) } } },
    async (request) => users.get(request.user.id),
  )

  api.get(
    '/:id',
    {
      schema: {
        summary: 'A user',
        tags: ['users'],
        params: Type.Object({ id: Id }),
        response: { 200: User, ...failures(400, 401, 404, 503) },
      },
    },
    async (request) => users.get(request.params.id),
  )
}

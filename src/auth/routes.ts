import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Credentials, Registered, Registration, Session } from '../../schemas/auth.ts'
import { failures } from '../../schemas/error.ts'
import { createLimiter } from '../http/limits.ts'
import { foldUsername, normalizeUsername } from '../users/username.ts'
import type { Auth } from './service.ts'

/** Tries a minute from one address, and for one account from anywhere. */
const TRIES = { address: 100, account: 20 }

interface Options {
  auth: Auth
  /** False counts nothing (`RATE_LIMIT=off`). */
  rateLimit: boolean
}

/** `POST /register` and `POST /login`. */
export const authRoutes: FastifyPluginAsyncTypebox<Options> = async function authRoutes(api, { auth, rateLimit }) {
  const limit = await createLimiter(api, rateLimit)
  const account = ({ body }: FastifyRequest) => foldUsername((body as Credentials).username).slice(0, 64)

  // By address before the body is read; by account as soon as the body is known to name one.
  api.addHook('onRequest', limit({ max: TRIES.address }))
  api.addHook('preHandler', limit({ max: TRIES.account, key: account }))

  api.post(
    '/register',
    {
      schema: {
        summary: 'Open an account',
        tags: ['auth'],
        security: [],
        body: Registration,
        response: { 201: Registered, ...failures(400, 413, 415, 429, 503) },
      },
      // The normalized name is what is checked, stored and answered.
      preValidation: async ({ body }) => {
        const registration = body as { username?: unknown } | null
        if (typeof registration?.username === 'string') registration.username = normalizeUsername(registration.username)
      },
    },
    async (request, reply) => reply.code(201).send(await auth.register(request.body)),
  )

  api.post(
    '/login',
    {
      schema: {
        summary: 'Get a token',
        tags: ['auth'],
        security: [],
        body: Credentials,
        response: { 200: Session, ...failures(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request) => auth.login(request.body),
  )
}

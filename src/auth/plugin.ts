import type { Socket } from 'node:net'
import jwt from '@fastify/jwt'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import type { SignedToken } from './service.ts'

/** Who a valid token speaks for, and until when. */
export interface Identity {
  id: string
  /** Milliseconds since the epoch. */
  expiresAt: number
}

interface Claims {
  sub: string
  exp: number
}

/** What the last request of a connection has proven. */
interface Proof extends Identity {
  authorization: string
}

/** Headers up to this length are kept with their connection; our own tokens make 200. */
const MAX_KEPT = 1_024

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
/** The last moment that a Date can hold. */
const END_OF_TIME = 8.64e15

/** Whatever is wrong with a token, strangers read one and the same answer. */
const unauthorized = () => new AppError('unauthorized')

/** Tokens: HS256 alone, `sub` and `exp` and nothing else. */
export const authPlugin = fp<{ jwt: Config['jwt'] }>(
  async function auth(app, { jwt: { secret, previousSecret, durationMs } }) {
    const rules = {
      sign: { algorithm: 'HS256' as const, noTimestamp: true },
      // Not its own cache: cached keys have been confused before (CVE-2026-35039).
      verify: { algorithms: ['HS256' as const], requiredClaims: ['sub', 'exp'], cache: false },
    }
    await app.register(jwt, { ...rules, secret, namespace: 'current' })
    if (previousSecret !== undefined)
      await app.register(jwt, { ...rules, secret: previousSecret, namespace: 'previous' })
    const { current, previous } = app.jwt
    const verifiers = previousSecret === undefined ? [current] : [current, previous]

    function verify(token: string): Identity {
      if (!TOKEN.test(token)) throw unauthorized()
      for (const verifier of verifiers) {
        try {
          const { sub, exp } = verifier.verify<Claims>(token)
          if (!UUID.test(sub)) break
          return { id: sub.toLowerCase(), expiresAt: Math.min(exp * 1_000, END_OF_TIME) }
        } catch {
          // Not with this secret.
        }
      }
      throw unauthorized()
    }

    app.decorate('verifyToken', async (token: string) => verify(token))

    // A connection that brings the header of its last request again need not prove it again, which took 10 of a send's
    // 63 µs. The whole header is compared, with the one of the same connection, and is forgotten with that.
    const proofs = new WeakMap<Socket, Proof>()

    function identify({ headers: { authorization = '' }, raw: { socket } }: FastifyRequest): Identity {
      const proof = proofs.get(socket)
      if (proof !== undefined && proof.authorization === authorization && Date.now() < proof.expiresAt) return proof
      const [, token] = BEARER.exec(authorization) ?? []
      if (token === undefined) throw unauthorized()
      const identity = verify(token)
      if (authorization.length <= MAX_KEPT) proofs.set(socket, { ...identity, authorization })
      return identity
    }

    app.decorate('authenticate', (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
      request.user = { id: identify(request).id }
      done()
    })

    app.decorate('signToken', (userId: string): SignedToken => {
      // Whole seconds (RFC 7519), rounded up: a token never lives shorter than configured.
      const exp = Math.ceil((Date.now() + durationMs) / 1_000)
      return { token: current.sign({ sub: userId, exp }), expiresAt: new Date(exp * 1_000).toISOString() }
    })
  },
  { name: 'auth' },
)

declare module 'fastify' {
  interface FastifyInstance {
    /** An onRequest hook: lets nobody in without a valid `Authorization: Bearer`, and sets `request.user`. */
    authenticate(this: void, request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
    /** @throws AppError `unauthorized` */
    verifyToken(this: void, token: string): Promise<Identity>
    signToken(this: void, userId: string): SignedToken
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Claims
    user: { id: string }
    namespaces: 'current' | 'previous'
  }
}

import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { addUsers, type QuickUser } from '../guarantees/users.ts'
import { build, connect, createDatabase, type Environment, listen, type Test } from '../helper.ts'
import { type Client, openSocket, type SocketOptions } from '../realtime/client.ts'

type Reply = Promise<LightMyRequestResponse>

/** A user, and what he does through the public surface. */
export interface Person extends QuickUser {
  /** `GET`, as himself. */
  get(url: string): Reply
  /** `POST /api/messages` with this body, or with this text as it is. */
  post(body: object | string): Reply
  /** `PUT /api/conversations/{peer}/read`. */
  mark(peerId: string, body: object): Reply
  /** Opens a socket, which is gone at the end of the test. */
  open(t: Test, options?: SocketOptions): Promise<Client>
}

/** Three people who have never met before. */
export type People = Record<'ann' | 'bob' | 'eve', Person>

/** A server on a database of its own, with new people for every test. */
export interface World {
  app: FastifyInstance
  /** Where it listens. */
  url: string
  database: Environment
  people(): Promise<People>
}

/** Opens a world; `env` overrides variables of the server. */
export async function openWorld(t: Test, env: Environment = {}): Promise<World> {
  const database = await createDatabase(t)
  const app = await build(t, { ...database, ...env })
  const url = await listen(t, app)
  const sql = connect(t, database, { max: 1 })

  function person(user: QuickUser | undefined): Person {
    if (user === undefined) throw new Error('no such user')
    const headers = { authorization: `Bearer ${user.token}` }
    return {
      ...user,
      get: (path) => app.inject({ url: path, headers }),
      post: (payload) =>
        app.inject({
          method: 'POST',
          url: '/api/messages',
          headers: { ...headers, 'content-type': 'application/json' },
          payload,
        }),
      mark: (peerId, payload) =>
        app.inject({ method: 'PUT', url: `/api/conversations/${peerId}/read`, headers, payload }),
      open: async (test, options) => {
        const client = await openSocket(url, user.token, options)
        test.teardown(() => client.socket.terminate())
        return client
      },
    }
  }

  return {
    app,
    url,
    database,
    people: async () => {
      const [ann, bob, eve] = await addUsers(sql, 3)
      return { ann: person(ann), bob: person(bob), eve: person(eve) }
    },
  }
}

/** An id that nobody has. */
export const NOBODY = 'b0b00000-0000-4000-8000-000000000000'

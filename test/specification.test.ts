import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { WebSocket } from 'ws'
import { build, listen, startPostgres } from './helper.ts'

// A client that knows the specification and nothing else: its routes, its fields, its statuses.

interface Answer {
  status: number
  body: unknown
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const createClient = (url: string) => {
  const call = async (method: string, path: string, options: { token?: string; body?: object } = {}) => {
    const { token, body } = options
    const headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    }
    const reply = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: (await reply.json()) as never } satisfies Answer
  }

  /** Section 8.3: connects with the token in the query, parses what comes, sends receiver and payload. */
  const connect = async (token: string) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}`)
    const messages: Message[] = []
    socket.onmessage = ({ data }) => messages.push(JSON.parse(String(data)))
    await once(socket, 'open')
    return {
      messages,
      send: (receiver_id: string, payload: number[]) => socket.send(JSON.stringify({ receiver_id, payload })),
      until: async (count: number) => {
        for (const deadline = Date.now() + 60_000; messages.length < count && Date.now() < deadline; ) await sleep(10)
        return messages
      },
      close: async () => {
        socket.close()
        await once(socket, 'close')
      },
    }
  }
  return { call, connect }
}

interface Message {
  id: string
  sender_id: string
  receiver_id: string
  payload: number[]
  created_at: string
}

t.test('a client written from the specification alone works', async (t) => {
  const app = await build(t)
  const { call, connect } = createClient(await listen(t, app))
  const people: { name: string; id: string; token: string }[] = []

  // 5.2: register, with a token and a user who has a name and no password.
  for (const name of ['Alice', 'Bob']) {
    const registered = await call('POST', '/api/auth/register', { body: { username: name, password: 'a password' } })
    t.equal(registered.status, 201)
    const { token, user } = registered.body as { token: string; user: { id: string; created_at: string } }
    t.strictSame(registered.body, { token, user: { id: user.id, username: name, created_at: user.created_at } })
    t.match(user.id, UUID)
    t.ok(Number.isFinite(Date.parse(user.created_at)))
    people.push({ name, id: user.id, token })
  }
  t.strictSame(await call('POST', '/api/auth/register', { body: { username: 'Bob', password: 'a password' } }), {
    status: 400,
    body: { error: 'username already exists' },
  })

  // 5.2: log in, with a new token and when it ends.
  for (const person of people) {
    const session = await call('POST', '/api/auth/login', { body: { username: person.name, password: 'a password' } })
    t.equal(session.status, 200)
    const { token, expires_at } = session.body as { token: string; expires_at: string }
    t.strictSame(session.body, { token, expires_at })
    t.ok(Math.abs(Date.parse(expires_at) - Date.now() - 24 * 3_600_000) < 60_000)
    person.token = token
  }
  t.strictSame(await call('POST', '/api/auth/login', { body: { username: 'Bob', password: 'another one' } }), {
    status: 401,
    body: { error: 'invalid credentials' },
  })
  const [alice, bob] = people
  if (alice === undefined || bob === undefined) throw new Error('nobody is there')
  const { token } = alice

  // 5.2: a user by id.
  const user = await call('GET', `/api/users/${bob.id}`, { token })
  t.equal(user.status, 200)
  const { created_at } = user.body as Message
  t.strictSame(user.body, { id: bob.id, username: 'Bob', created_at })
  t.strictSame(await call('GET', '/api/users/00000000-0000-4000-8000-000000000000', { token }), {
    status: 404,
    body: { error: 'user not found' },
  })
  t.equal((await call('GET', `/api/users/${bob.id}`)).status, 401)

  // 5.2: send over HTTP, while nobody is connected.
  const payload = [0, 1, 2, 127, 128, 255]
  const sent = await call('POST', '/api/messages', { token, body: { receiver_id: bob.id, payload } })
  t.equal(sent.status, 201)
  const first: Message = sent.body
  t.match(first, { id: UUID, sender_id: alice.id, receiver_id: bob.id, created_at: String })
  t.strictSame(first.payload, payload)
  const nobody = { receiver_id: '00000000-0000-4000-8000-000000000000', payload }
  t.strictSame(await call('POST', '/api/messages', { token, body: nobody }), {
    status: 400,
    body: { error: 'receiver not found' },
  })

  // 7.3: what came while he was offline is delivered to Bob when he connects, and then live, both ways.
  const bobSocket = await connect(bob.token)
  await bobSocket.until(1)
  const aliceSocket = await connect(alice.token)
  aliceSocket.send(bob.id, [2])
  await bobSocket.until(2)
  bobSocket.send(alice.id, [3])
  await Promise.all([bobSocket.until(3), aliceSocket.until(2)])
  t.match(bobSocket.messages, [
    { id: first.id, sender_id: alice.id, receiver_id: bob.id, payload },
    { sender_id: alice.id, receiver_id: bob.id, payload: [2] },
    { sender_id: bob.id, receiver_id: alice.id, payload: [3] },
  ])
  t.match(aliceSocket.messages.at(-1), { sender_id: bob.id, payload: [3] })
  for (const message of bobSocket.messages) {
    t.match(message, { id: UUID, created_at: String })
    t.ok(Number.isFinite(Date.parse(message.created_at)))
  }
  await Promise.all([bobSocket.close(), aliceSocket.close()])

  // 5.2: history, both ways, by limit and offset, newest first.
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const history = async (query = '') =>
      (await call('GET', `/api/messages/${other.id}${query}`, { token: one.token })).body as Message[]
    t.same(
      (await history()).map((message) => message.payload),
      [[3], [2], payload],
    )
    t.same(
      (await history('?limit=1&offset=0')).map((message) => message.payload),
      [[3]],
    )
    t.same(
      (await history('?limit=50&offset=1')).map((message) => message.payload),
      [[2], payload],
    )
  }

  // 5.2: health.
  t.strictSame(await call('GET', '/health'), { status: 200, body: { status: 'healthy', database: 'connected' } })
})

t.test('without its database the server says so, and two who are connected go on talking', async (t) => {
  const postgres = await startPostgres(t)
  const app = await build(t, postgres.env)
  const { call, connect } = createClient(await listen(t, app))
  const register = async (username: string) => {
    const { body } = await call('POST', '/api/auth/register', { body: { username, password: 'a password' } })
    return body as { token: string; user: { id: string } }
  }
  const [alice, bob] = [await register('Alice'), await register('Bob')]
  const [one, other] = [await connect(alice.token), await connect(bob.token)]
  await postgres.stop()
  t.strictSame(await call('GET', '/health'), { status: 503, body: { status: 'degraded', database: 'disconnected' } })
  const login = await call('POST', '/api/auth/login', { body: { username: 'Bob', password: 'a password' } })
  t.match(login.body, { error: String })
  one.send(bob.user.id, [1])
  t.match(await other.until(1), [{ id: UUID, sender_id: alice.user.id, receiver_id: bob.user.id, payload: [1] }])
})

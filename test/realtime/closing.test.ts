import { randomUUID } from 'node:crypto'
import t from 'tap'
import { closeCodes } from '../../schemas/frame.ts'
import { connect, SECRET } from '../helper.ts'
import { openWorld } from '../messages/world.ts'
import { mintToken } from '../torture/token.ts'
import type { Client } from './client.ts'

const MAX = 64
const world = await openWorld(t, { MAX_PAYLOAD_BYTES: String(MAX) })

/** The code and the reason with which the server closes. */
const end = (client: Client) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    client.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
const { duty: _, ...binaryFrame } = closeCodes.binaryFrame

t.test('a binary frame ends the socket', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const closed = end(client)
  client.socket.send(Buffer.from(JSON.stringify({ receiver_id: bob.id, payload: [1] })))
  t.strictSame(await closed, binaryFrame)
  t.same((await bob.get('/api/sync')).json(), { messages: [], head: 0 })
})

t.test('a frame larger than any message ends the socket', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const closed = end(client)
  const text = JSON.stringify({ receiver_id: bob.id, payload: [1] })
  const edge = MAX * 8 + 4_096
  client.send(text.padEnd(edge))
  t.match(await client.wait(1), [{ payload: [1] }])
  client.send(text.padEnd(edge + 1))
  t.match(await closed, { code: closeCodes.frameTooLarge.code })
})

t.test('a payload that is too large is refused by its words, and the socket stays', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const id = randomUUID()
  client.send({ id, receiver_id: bob.id, payload: Array.from({ length: MAX + 1 }, () => 1) })
  client.send({ receiver_id: bob.id, payload: Array.from({ length: MAX }, () => 1) })
  t.match(await client.wait(2), [{ error: `payload must NOT have more than ${MAX} items`, id }, { seq: 1 }])
})

t.test('a hundred bad frames in a row end the socket, fewer do not', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const closed = end(client)
  const bad = 'nonsense'
  for (let count = 0; count < 99; count++) client.send(bad)
  client.send({ receiver_id: bob.id, payload: [1] })
  for (let count = 0; count < 99; count++) client.send(bad)
  await client.wait(199)
  t.match(client.received[99], { payload: [1], seq: 1 })
  client.send(bad)
  t.match(await closed, { code: 1008, reason: closeCodes.tooManyBadFrames.reason })
  t.equal(client.received.length, 200)
  t.ok(client.received.every(({ error, seq }) => error !== undefined || seq === 1))
})

t.test('a user has at most 32 sockets, one more is closed, and a place that is left is free again', async (t) => {
  const { ann, bob } = await world.people()
  const clients = await Promise.all(Array.from({ length: 32 }, () => ann.open(t)))
  const many = await ann.open(t)
  t.equal(await many.closed(), 1008)
  await (await bob.open(t)).close()
  await clients[0]?.close()
  for (const deadline = Date.now() + 60_000; ; ) {
    const client = await ann.open(t)
    client.send({ receiver_id: bob.id, payload: [1] })
    const answered = await Promise.race([client.wait(1), client.closed()])
    if (Array.isArray(answered) || Date.now() > deadline) {
      t.match(answered, [{ payload: [1] }])
      break
    }
  }
  for (const client of clients.slice(1)) t.match(await client.wait(1), [{ payload: [1] }])
})

t.test('a socket ends when its token does', async (t) => {
  const { ann, bob } = await world.people()
  const token = mintToken(SECRET, ann.id, 3)
  const client = await ann.open(t, { query: `?token=${token}` })
  const started = Date.now()
  const closed = end(client)
  client.send({ receiver_id: bob.id, payload: [1] })
  await client.wait(1)
  t.strictSame(await closed, { code: 4401, reason: 'token expired' })
  t.ok(Date.now() - started < 12_000)
})

t.test('a token of somebody who is no longer there opens nothing that lasts', async (t) => {
  const { ann, bob, eve } = await world.people()
  const sql = connect(t, world.database, { max: 1 })
  await ann.post({ receiver_id: bob.id, payload: [1] })
  await sql`delete from users where id = ${eve.id}`
  t.equal(await (await eve.open(t)).closed(), 4401)
  t.equal(await (await eve.open(t, { after: 0 })).closed(), 4401)
  const refused = { statusCode: 401, body: '{"error":"missing or invalid token"}' }
  t.match(await eve.post({ receiver_id: bob.id, payload: [1] }), refused)
  t.match(await eve.get('/api/sync'), refused)
  t.match(await eve.get('/api/users/me'), { statusCode: 404 })
  t.match(await ann.post({ receiver_id: eve.id, payload: [1] }), { body: '{"error":"receiver not found"}' })
})

t.test('a client that breaks the protocol is closed, and nobody else is', async (t) => {
  const { ann, bob } = await world.people()
  const [broken, sound] = [await ann.open(t), await bob.open(t)]
  const closed = end(broken)
  // A reserved opcode (RFC 6455, 5.2), unmasked.
  ;(broken.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.from([0x83, 0x00]))
  t.equal((await closed).code, 1002)
  sound.send({ receiver_id: ann.id, payload: [1] })
  t.match(await sound.wait(1), [{ payload: [1] }])
})

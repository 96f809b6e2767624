import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Message } from '../../schemas/message.ts'
import { NOBODY, openWorld } from './world.ts'

/** Small, so that its edge is near. */
const MAX = 16
const world = await openWorld(t, { MAX_PAYLOAD_BYTES: String(MAX) })

t.test('a message is stored, and answered with the number in the sender’s mailbox', async (t) => {
  const { ann, bob } = await world.people()
  const payload = [0, 9, 10, 99, 100, 255]
  const reply = await ann.post({ receiver_id: bob.id, payload })
  t.equal(reply.statusCode, 201)
  t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  const message = reply.json<Message>()
  t.strictSame(message, {
    id: message.id,
    sender_id: ann.id,
    receiver_id: bob.id,
    payload,
    created_at: message.created_at,
    seq: 1,
  })
  t.match(message.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a UUIDv7')
  t.match(message.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  t.ok(Math.abs(Date.parse(message.created_at) - Date.now()) < 60_000)
})

t.test('both parties number their own mailboxes, without a gap', async (t) => {
  const { ann, bob, eve } = await world.people()
  const seq = async (reply: ReturnType<typeof ann.post>) => (await reply).json<Message>().seq
  t.equal(await seq(ann.post({ receiver_id: bob.id, payload: [1] })), 1)
  t.equal(await seq(eve.post({ receiver_id: bob.id, payload: [2] })), 1)
  t.equal(await seq(bob.post({ receiver_id: ann.id, payload: [3] })), 3)
  t.equal(await seq(ann.post({ receiver_id: eve.id, payload: [4] })), 3)
  t.equal(await seq(ann.post({ receiver_id: NOBODY, payload: [] })), undefined)
  t.equal(await seq(ann.post({ receiver_id: ann.id, payload: [5] })), 4, 'a note to self takes one number')
  t.equal(await seq(ann.post({ receiver_id: bob.id, payload: [6] })), 5)
})

t.test('a payload may be empty and as large as is configured, with white space anywhere', async (t) => {
  const { ann, bob } = await world.people()
  const largest = Array.from({ length: MAX }, (_, index) => 255 - index)
  for (const payload of [[], largest]) {
    t.match((await ann.post({ receiver_id: bob.id, payload })).json(), { payload })
  }
  const spaced = ` {\n\t"payload" : [ 1 ,\r\n 1e2,2.0 ] , "receiver_id" : "${bob.id}" } `
  t.match(await ann.post(spaced), { statusCode: 201 })
  t.match((await bob.get(`/api/messages/${ann.id}?limit=1`)).json(), [{ payload: [1, 100, 2] }])
})

t.test('an id of the client’s choice stores the message once, and the same is answered for ever', async (t) => {
  const { ann, bob } = await world.people()
  const message = { id: randomUUID(), receiver_id: bob.id, payload: [7] }
  const first = await ann.post(message)
  t.match(first.json(), { id: message.id, seq: 1 })
  await ann.post({ receiver_id: bob.id, payload: [8] })
  for (let times = 0; times < 3; times++) {
    const again = await ann.post({ payload: [7], id: message.id, receiver_id: bob.id })
    t.match(again, { statusCode: 201, body: first.body })
  }
  t.equal((await ann.get('/api/sync')).json<{ head: number }>().head, 2)
})

t.test('an id that stands for something else is refused, and the answer tells nothing of that', async (t) => {
  const { ann, bob, eve } = await world.people()
  const message = { id: randomUUID(), receiver_id: bob.id, payload: [7, 7, 7] }
  await ann.post(message)
  const refused = { statusCode: 409, body: '{"error":"message id already used with other content"}' }
  t.match(await ann.post({ ...message, payload: [7, 7] }), refused)
  t.match(await ann.post({ ...message, receiver_id: eve.id }), refused)
  t.match(await eve.post(message), refused)
  t.match(await bob.post({ ...message, receiver_id: ann.id }), refused)
  t.strictSame((await eve.get('/api/sync')).json(), { messages: [], head: 0 })
  t.match((await bob.get('/api/sync')).json(), { head: 1 })
})

t.test('a message to nobody is refused', async (t) => {
  const { ann } = await world.people()
  const reply = await ann.post({ receiver_id: NOBODY, payload: [1] })
  t.match(reply, { statusCode: 400, body: '{"error":"receiver not found"}' })
})

t.test('what the schema does not know is refused with its place, and nothing is coerced', async (t) => {
  const { ann, bob } = await world.people()
  const ids = { receiver_id: bob.id }
  const good = { ...ids, payload: [1] }
  const cases: [body: object | string, error: string][] = [
    [{}, "body must have required property 'receiver_id'"],
    [ids, "body must have required property 'payload'"],
    [{ payload: [1] }, "body must have required property 'receiver_id'"],
    [{ ...ids, payload: [0, -1] }, 'payload/1 must be >= 0'],
    [{ ...ids, payload: [1, 2, 3, 256] }, 'payload/3 must be <= 255'],
    [{ ...ids, payload: [1.5] }, 'payload/0 must be integer'],
    [{ ...ids, payload: ['1'] }, 'payload/0 must be integer'],
    [{ ...ids, payload: [null] }, 'payload/0 must be integer'],
    [{ ...ids, payload: [true] }, 'payload/0 must be integer'],
    [{ ...ids, payload: [[1]] }, 'payload/0 must be integer'],
    [{ ...ids, payload: 'AQ==' }, 'payload must be array'],
    [{ ...ids, payload: { 0: 1 } }, 'payload must be array'],
    [{ ...ids, payload: null }, 'payload must be array'],
    [{ ...ids, payload: 1 }, 'payload must be array'],
    [{ ...ids, payload: Array.from({ length: MAX + 1 }, () => 1) }, `payload must NOT have more than ${MAX} items`],
    [{ ...good, receiver_id: 'bob' }, 'receiver_id must be a UUID in lower case'],
    [{ ...good, receiver_id: bob.id.toUpperCase() }, 'receiver_id must be a UUID in lower case'],
    [{ ...good, receiver_id: `${bob.id}\n` }, 'receiver_id must be a UUID in lower case'],
    [{ ...good, receiver_id: 1 }, 'receiver_id must be string'],
    [{ ...good, receiver_id: null }, 'receiver_id must be string'],
    [{ ...good, id: 'x' }, 'id must be a UUID in lower case'],
    [{ ...good, id: null }, 'id must be string'],
    [{ ...good, sender_id: bob.id }, 'body must NOT have the property "sender_id"'],
    [{ ...good, seq: 1 }, 'body must NOT have the property "seq"'],
    ['{"x":1}', "body must have required property 'receiver_id'"],
    ['[]', 'body must be object'],
    ['null', 'body must be object'],
    ['1', 'body must be object'],
    ['', 'body must not be empty'],
    ['{', 'body is not valid JSON'],
    ['{"i', 'body is not valid JSON'],
    [`{"receiver_id":"${bob.id}","payload":[01]}`, 'body is not valid JSON'],
    [`{"receiver_id":"${bob.id}","payload":[1,]}`, 'body is not valid JSON'],
    [`{"receiver_id":"${bob.id}","payload":[1]}x`, 'body is not valid JSON'],
    [`{"receiver_id":"${bob.id}","payload":[1],"__proto__":{}}`, 'body is not valid JSON'],
  ]
  for (const [body, error] of cases) {
    const reply = await ann.post(body)
    t.match(reply, { statusCode: 400, body: JSON.stringify({ error }) }, JSON.stringify(body).slice(0, 80))
  }
  t.strictSame((await bob.get('/api/sync')).json(), { messages: [], head: 0 })
})

t.test('a body larger than any message is refused as such, and only JSON is read', async (t) => {
  const { ann, bob } = await world.people()
  const text = JSON.stringify({ receiver_id: bob.id, payload: [1] })
  const edge = MAX * 8 + 4_096
  t.match(await ann.post(text.padEnd(edge)), { statusCode: 201 })
  t.match(await ann.post(text.padEnd(edge + 1)), { statusCode: 413, body: '{"error":"request body is too large"}' })
  for (const type of ['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded', 'x']) {
    const headers = { authorization: `Bearer ${ann.token}`, 'content-type': type }
    const reply = await world.app.inject({ method: 'POST', url: '/api/messages', headers, payload: text })
    t.match(reply, { statusCode: 415, body: '{"error":"content type must be application/json"}' }, type)
  }
})

t.test('the time of messages never goes back along a mailbox', async (t) => {
  const { ann, bob, eve } = await world.people()
  const sends = Array.from({ length: 60 }, (_, place) => {
    const [sender, receiver] = [
      [ann, bob],
      [bob, eve],
      [eve, ann],
    ][place % 3] as [typeof ann, typeof bob]
    return sender.post({ receiver_id: receiver.id, payload: [place] })
  })
  await Promise.all(sends)
  for (const { get } of [ann, bob, eve]) {
    const { messages } = (await get('/api/sync')).json<{ messages: Message[] }>()
    t.same(
      messages.map(({ seq }) => seq),
      messages.map((_, index) => index + 1),
    )
    const times = messages.map(({ created_at }) => created_at)
    t.same(times, times.toSorted())
    t.equal(times.length, 40)
  }
})

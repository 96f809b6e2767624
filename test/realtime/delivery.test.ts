import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Message } from '../../schemas/message.ts'
import { NOBODY, openWorld } from '../messages/world.ts'
import { seqs } from './client.ts'

const world = await openWorld(t)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

t.test('a message reaches every socket of both parties, each with its own number', async (t) => {
  const { ann, bob } = await world.people()
  const [phone, laptop, receiver] = [await ann.open(t), await ann.open(t), await bob.open(t)]
  phone.send({ receiver_id: ann.id, payload: [1] })
  phone.send({ receiver_id: bob.id, payload: [2] })
  const copy = (await phone.wait(2))[1] as Message
  t.strictSame(copy, {
    id: copy.id,
    sender_id: ann.id,
    receiver_id: bob.id,
    payload: [2],
    created_at: copy.created_at,
    seq: 2,
  })
  t.strictSame(await laptop.wait(2), phone.received)
  t.strictSame(await receiver.wait(1), [{ ...copy, seq: 1 }])
})

t.test('a message sent over HTTP comes over the sockets just the same', async (t) => {
  const { ann, bob } = await world.people()
  const [phone, receiver] = [await ann.open(t), await bob.open(t)]
  const message = (await ann.post({ receiver_id: bob.id, payload: [1, 2, 3] })).json<Message>()
  t.strictSame(await phone.wait(1), [message])
  t.strictSame(await receiver.wait(1), [message])
})

t.test('a note to self comes once to every socket', async (t) => {
  const { ann, bob } = await world.people()
  const [phone, laptop] = [await ann.open(t), await ann.open(t, { after: 0 })]
  await laptop.wait(1)
  phone.send({ receiver_id: ann.id, payload: [1] })
  phone.send({ receiver_id: bob.id, payload: [2] })
  t.match(await phone.wait(2), [{ seq: 1 }, { seq: 2 }])
  t.match(await laptop.wait(3), [{ type: 'caught_up' }, { seq: 1 }, { seq: 2 }])
})

t.test('frames are answered in their order, good and bad ones mixed', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const id = randomUUID()
  client.send({ receiver_id: bob.id, payload: [1] })
  client.send('nonsense')
  client.send({ receiver_id: NOBODY, payload: [2], id })
  client.send({ receiver_id: bob.id, payload: [3] })
  client.send({ receiver_id: bob.id, payload: [256], id })
  client.send({ receiver_id: bob.id, payload: [4] })
  t.match(await client.wait(6), [
    { payload: [1], seq: 1 },
    { error: 'frame is not valid JSON' },
    { error: 'receiver not found', id },
    { payload: [3], seq: 2 },
    { error: 'payload/0 must be <= 255', id },
    { payload: [4], seq: 3 },
  ])
})

t.test('a refusal carries an id only where the frame carried one, and the socket stays open', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const [id, message] = [randomUUID(), { receiver_id: bob.id, payload: [1] }]
  const cases: [frame: unknown, answer: object][] = [
    ['', { error: 'frame is not valid JSON' }],
    ['{"i', { error: 'frame is not valid JSON' }],
    [null, { error: 'frame must be object' }],
    [[], { error: 'frame must be object' }],
    [{}, { error: "frame must have required property 'receiver_id'" }],
    [{ id }, { error: "frame must have required property 'receiver_id'", id }],
    [{ ...message, id: 7 }, { error: 'id must be string' }],
    [{ ...message, id: 'x' }, { error: 'id must be a UUID in lower case' }],
    [
      { ...message, id, type: 'x' },
      { error: 'frame must NOT have the property "type"', id },
    ],
    [
      { ...message, id, receiver_id: 'bob' },
      { error: 'receiver_id must be a UUID in lower case', id },
    ],
    [{ ...message, payload: 'AQ==' }, { error: 'payload must be array' }],
    [{ ...message, payload: ['1'] }, { error: 'payload/0 must be integer' }],
    [{ ...message, receiver_id: NOBODY }, { error: 'receiver not found' }],
  ]
  for (const [frame] of cases) client.send(frame)
  t.strictSame(
    await client.wait(cases.length),
    cases.map(([, answer]) => answer),
  )
  client.send(message)
  t.match((await client.wait(cases.length + 1)).at(-1), { payload: [1], seq: 1 })
})

t.test('a frame that repeats an id is answered with that message again, under its first number', async (t) => {
  const { ann, bob } = await world.people()
  const receiver = await bob.open(t)
  const message = { receiver_id: bob.id, payload: [1], id: randomUUID() }
  const first = await ann.open(t)
  first.send(message)
  await first.wait(1)
  first.send({ receiver_id: bob.id, payload: [2] })
  first.send(message)
  first.send('nonsense')
  t.match(await first.wait(4), [{ seq: 1 }, { seq: 2 }, { seq: 1 }, { error: 'frame is not valid JSON' }])
  t.strictSame(first.received[2], first.received[0])

  const later = await ann.open(t)
  later.send({ ...message, payload: [9] })
  later.send({ receiver_id: bob.id, payload: [3] })
  later.send(message)
  t.match(await later.wait(3), [
    { error: 'message id already used with other content', id: message.id },
    { seq: 3, payload: [3] },
    { seq: 1, payload: [1] },
  ])
  t.same(seqs(await receiver.wait(3)), [1, 2, 3], 'the receiver got each once')
})

t.test('an id repeated while it is under way is answered in its place', async (t) => {
  const { ann, bob } = await world.people()
  const message = { receiver_id: bob.id, payload: [1], id: randomUUID() }
  const client = await ann.open(t)
  const frames = [message, message, { ...message, payload: [9] }, message, { receiver_id: bob.id, payload: [2] }]
  for (const frame of frames) client.send(frame)
  t.match(await client.wait(5), [
    { seq: 1 },
    { seq: 1 },
    { error: 'message id already used with other content', id: message.id },
    { seq: 1 },
    { seq: 2, payload: [2] },
  ])
})

t.test('a plain client that repeats ids right after connecting is answered, whatever waits for it', async (t) => {
  const { ann, bob } = await world.people()
  const message = { receiver_id: bob.id, payload: [1], id: randomUUID() }
  const stored = (await ann.post(message)).json<Message>()
  for (const byte of [1, 2, 3]) await bob.post({ receiver_id: ann.id, payload: [byte] })
  const client = await ann.open(t)
  client.send(message)
  client.send({ receiver_id: bob.id, payload: [2] })
  const frames = await client.wait(5)
  t.same(seqs(frames).sort(), [1, 2, 3, 4, 5])
  t.strictSame(
    frames.find(({ id }) => id === message.id),
    stored,
  )
})

t.test('both parties see their conversation in one order, live and in the history', async (t) => {
  const { ann, bob } = await world.people()
  const [one, other] = [await ann.open(t), await bob.open(t)]
  const count = 200
  for (let place = 0; place < count; place++) {
    one.send({ receiver_id: bob.id, payload: [place] })
    other.send({ receiver_id: ann.id, payload: [place] })
  }
  await Promise.all([one.wait(2 * count), other.wait(2 * count)])
  t.same(one.received, other.received)
  t.same(seqs(one.received), upTo(2 * count))
  const history = (await ann.get(`/api/messages/${bob.id}?limit=200`)).json<Message[]>()
  t.same(history.reverse(), one.received.slice(-200))
  const times = one.received.map(({ created_at }) => created_at ?? '')
  t.same(times, times.toSorted(), 'time never goes back along a mailbox')
})

import t from 'tap'
import { NOBODY, openWorld } from '../messages/world.ts'
import { seqs } from './client.ts'

const world = await openWorld(t, { RATE_LIMIT: 'on' })
const refusal = { error: 'rate limit exceeded' }

t.test('a flood of frames is told so frame by frame, in order, and what was stored is told too', async (t) => {
  const { ann, bob, eve } = await world.people()
  const client = await ann.open(t)
  const count = 3_000
  for (let place = 0; place < count; place++) client.send({ receiver_id: bob.id, payload: [place % 256] })
  const frames = await client.wait(count)
  const stored = seqs(frames)
  t.same(
    stored,
    stored.map((_, index) => index + 1),
  )
  t.ok(stored.length >= 1_000 && stored.length < count, `${stored.length} stored`)
  t.strictSame(frames.filter(({ seq }) => seq === undefined)[0], refusal)
  // Each place has its own answer: the payloads of those stored are those of their places.
  t.ok(frames.every(({ payload }, place) => payload === undefined || payload[0] === place % 256))
  t.match((await bob.get('/api/sync')).json(), { head: stored.length })

  // The same user over HTTP shares the limit, others do not.
  let reply = await ann.post({ receiver_id: bob.id, payload: [] })
  for (let tries = 0; tries < 2_000 && reply.statusCode !== 429; tries++) {
    const replies = await Promise.all(Array.from({ length: 50 }, () => ann.post({ receiver_id: NOBODY, payload: [] })))
    reply = replies.find(({ statusCode }) => statusCode === 429) ?? reply
  }
  t.match(reply, { statusCode: 429, body: JSON.stringify(refusal) })
  t.ok(Number(reply.headers['retry-after']) >= 1)
  t.equal((await eve.post({ receiver_id: bob.id, payload: [] })).statusCode, 201)
})

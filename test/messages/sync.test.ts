import t from 'tap'
import type { Message, Sync } from '../../schemas/message.ts'
import { openWorld, type Person } from './world.ts'

const world = await openWorld(t)
const sync = async (who: Person, query = '') => (await who.get(`/api/sync${query}`)).json<Sync>()
const seqs = ({ messages }: Sync) => messages.map(({ seq }) => seq)

t.test('the mailbox holds what was sent and what was received, oldest first', async (t) => {
  const { ann, bob, eve } = await world.people()
  const sent = [
    await ann.post({ receiver_id: bob.id, payload: [1] }),
    await eve.post({ receiver_id: ann.id, payload: [2] }),
    await ann.post({ receiver_id: ann.id, payload: [3] }),
    await bob.post({ receiver_id: ann.id, payload: [4] }),
  ].map((reply) => reply.json<Message>())
  const mailbox = await sync(ann)
  t.same(
    mailbox.messages,
    sent.map((message, index) => ({ ...message, seq: index + 1 })),
  )
  t.equal(mailbox.head, 4)
  t.match(await sync(bob), { messages: [{ seq: 1 }, { seq: 2 }], head: 2 })
  t.match(await sync(eve), { messages: [{ seq: 1 }], head: 1 })
})

t.test('reading on from a number, page by page, misses nothing and ends at the head', async (t) => {
  const { ann, bob } = await world.people()
  await Promise.all(
    Array.from({ length: 25 }, (_, place) =>
      place % 2 === 0
        ? ann.post({ receiver_id: bob.id, payload: [place] })
        : bob.post({ receiver_id: ann.id, payload: [place] }),
    ),
  )
  const seen: number[] = []
  for (let head = 1; (seen.at(-1) ?? 0) < head; ) {
    const page = await sync(ann, `?after=${seen.at(-1) ?? 0}&limit=7`)
    t.ok(page.messages.length > 0)
    seen.push(...seqs(page))
    head = page.head
  }
  t.same(
    seen,
    Array.from({ length: 25 }, (_, index) => index + 1),
  )
})

t.test('after the head there is nothing, and an empty mailbox ends at 0', async (t) => {
  const { ann, bob } = await world.people()
  t.strictSame(await sync(ann), { messages: [], head: 0 })
  await ann.post({ receiver_id: bob.id, payload: [] })
  t.strictSame(await sync(ann, '?after=1'), { messages: [], head: 1 })
  t.strictSame(await sync(ann, `?after=${Number.MAX_SAFE_INTEGER}`), { messages: [], head: 1 })
})

t.test('bad queries are refused with their place', async (t) => {
  const { ann } = await world.people()
  const bad = {
    'after=-1': 'after must be >= 0',
    'after=x': 'after must be integer',
    'after=': 'after must be integer',
    'after=9007199254740992': 'after must be <= 9007199254740991',
    'limit=0': 'limit must be >= 1',
    'limit=1001': 'limit must be <= 1000',
    'before=1': 'query must NOT have the property "before"',
  }
  for (const [query, error] of Object.entries(bad)) {
    t.match(await ann.get(`/api/sync?${query}`), { statusCode: 400, body: JSON.stringify({ error }) }, query)
  }
})

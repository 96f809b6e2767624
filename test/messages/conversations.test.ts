import t from 'tap'
import type { Conversation } from '../../schemas/conversation.ts'
import type { Message } from '../../schemas/message.ts'
import { NOBODY, openWorld, type Person } from './world.ts'

const world = await openWorld(t)
const list = async (who: Person, query = '') => {
  const reply = await who.get(`/api/conversations${query}`)
  if (reply.statusCode !== 200) throw new Error(reply.body)
  const next = /^<([^>]+)>; rel="next"$/.exec(String(reply.headers['link'] ?? ''))?.[1]
  return { items: reply.json<Conversation[]>(), next }
}
const short = ({ items }: { items: Conversation[] }) =>
  items.map(({ user, last_message, unread }) => [user.id, last_message.payload[0], unread])
const say = async (from: Person, to: Person, byte: number) =>
  (await from.post({ receiver_id: to.id, payload: [byte] })).json<Message>()

t.test('there is one for everyone the caller has exchanged messages with, newest first', async (t) => {
  const { ann, bob, eve } = await world.people()
  t.same((await list(ann)).items, [])
  await say(ann, bob, 1)
  await say(bob, ann, 2)
  const last = await say(eve, ann, 3)
  const { items, next } = await list(ann)
  t.strictSame(items[0], {
    user: (await ann.get(`/api/users/${eve.id}`)).json(),
    last_message: { ...last, seq: 3 },
    unread: 1,
  })
  t.same(short({ items }), [
    [eve.id, 3, 1],
    [bob.id, 2, 1],
  ])
  t.equal(next, undefined)
  t.same(short(await list(bob)), [[ann.id, 2, 1]], 'an answer does not mark what it answers as read')
  await say(ann, bob, 4)
  t.same(short(await list(ann)), [
    [bob.id, 4, 1],
    [eve.id, 3, 1],
  ])
})

t.test('the list is read on by its links, each conversation once', async (t) => {
  const crowd = [await world.people(), await world.people(), await world.people()].flatMap((each) =>
    Object.values(each),
  )
  const [ann, ...others] = crowd
  if (ann === undefined) throw new Error('nobody')
  for (const [place, other] of others.entries()) await say(other, ann, place)
  const seen: string[] = []
  let pages = 0
  for (let url: string | undefined = '?limit=3'; url !== undefined; pages++) {
    const page: Awaited<ReturnType<typeof list>> = await list(ann, url.replace('/api/conversations', ''))
    seen.push(...page.items.map(({ user }) => user.id))
    url = page.next
  }
  t.equal(pages, 3)
  t.same(seen, others.map(({ id }) => id).reverse())
})

t.test('a mark counts what came after it as unread, and never moves back', async (t) => {
  const { ann, bob } = await world.people()
  for (const byte of [1, 2, 3]) await say(ann, bob, byte)
  await say(bob, ann, 4)
  await say(ann, bob, 5)
  t.same(short(await list(bob)), [[ann.id, 5, 4]])
  const mark = async (seq: number) => {
    const reply = await bob.mark(ann.id, { seq })
    t.equal(reply.statusCode, 200)
    return reply.json()
  }
  t.strictSame(await mark(2), { seq: 2, unread: 2 })
  t.strictSame(await mark(1), { seq: 2, unread: 2 })
  t.strictSame(await mark(0), { seq: 2, unread: 2 })
  t.strictSame(await mark(4), { seq: 4, unread: 1 })
  t.same(short(await list(bob)), [[ann.id, 5, 1]])
  t.strictSame(await mark(5), { seq: 5, unread: 0 })
  t.same(short(await list(ann)), [[bob.id, 5, 1]], 'what the other has marked is his own affair')
})

t.test('a mark never runs ahead of the mailbox: what comes later is unread', async (t) => {
  const { ann, bob, eve } = await world.people()
  await say(ann, bob, 1)
  await say(eve, bob, 2)
  t.strictSame((await bob.mark(ann.id, { seq: Number.MAX_SAFE_INTEGER })).json(), { seq: 2, unread: 0 })
  await say(ann, bob, 3)
  t.same(short(await list(bob)), [
    [ann.id, 3, 1],
    [eve.id, 2, 1],
  ])
})

t.test('marks and messages at the same time lose no count', async (t) => {
  const { ann, bob } = await world.people()
  const sends = Array.from({ length: 40 }, (_, byte) => say(ann, bob, byte))
  const marks = Array.from({ length: 40 }, (_, seq) => bob.mark(ann.id, { seq }))
  await Promise.all([...sends, ...marks])
  const { seq } = (await bob.mark(ann.id, { seq: 0 })).json<{ seq: number }>()
  t.match((await list(bob)).items, [{ unread: 40 - seq }])
})

t.test('notes to self are never unread', async (t) => {
  const { ann } = await world.people()
  await say(ann, ann, 1)
  await say(ann, ann, 2)
  t.same(short(await list(ann)), [[ann.id, 2, 0]])
  t.strictSame((await ann.mark(ann.id, { seq: 1 })).json(), { seq: 1, unread: 0 })
})

t.test('with whom nothing was exchanged there is nothing to mark', async (t) => {
  const { ann, bob } = await world.people()
  t.strictSame((await ann.mark(bob.id, { seq: 3 })).json(), { seq: 0, unread: 0 })
  t.match(await ann.mark(NOBODY, { seq: 3 }), { statusCode: 404, body: '{"error":"user not found"}' })
})

t.test('bad marks and queries are refused with their place', async (t) => {
  const { ann, bob } = await world.people()
  const marks: [body: object, error: string][] = [
    [{}, "body must have required property 'seq'"],
    [{ seq: '1' }, 'seq must be integer'],
    [{ seq: 1.5 }, 'seq must be integer'],
    [{ seq: -1 }, 'seq must be >= 0'],
    [{ seq: 2 ** 53 }, 'seq must be <= 9007199254740991'],
    [{ seq: null }, 'seq must be integer'],
    [{ seq: 1, user: 2 }, 'body must NOT have the property "user"'],
    [[], 'body must be object'],
  ]
  for (const [body, error] of marks) {
    t.match(await ann.mark(bob.id, body), { statusCode: 400, body: JSON.stringify({ error }) }, error)
  }
  t.match(await ann.mark('bob', { seq: 1 }), {
    statusCode: 400,
    body: '{"error":"user_id must be a UUID in lower case"}',
  })
  const queries = {
    'limit=0': 'limit must be >= 1',
    'limit=201': 'limit must be <= 200',
    'before=x': 'before must be a UUID in lower case',
    'after=1': 'query must NOT have the property "after"',
  }
  for (const [query, error] of Object.entries(queries)) {
    t.match(await ann.get(`/api/conversations?${query}`), { statusCode: 400, body: JSON.stringify({ error }) }, query)
  }
  t.match(await ann.get(`/api/conversations?before=${NOBODY}`), {
    statusCode: 404,
    body: '{"error":"message not found"}',
  })
})

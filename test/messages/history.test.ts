import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Message } from '../../schemas/message.ts'
import { NOBODY, openWorld, type Person } from './world.ts'

const world = await openWorld(t)

/** A conversation of this many messages, alternately from both; the payload is the place from 1. */
async function talk(one: Person, other: Person, count: number): Promise<void> {
  for (let place = 1; place <= count; place++) {
    const [sender, receiver] = place % 2 === 1 ? [one, other] : [other, one]
    await sender.post({ receiver_id: receiver.id, payload: [place] })
  }
}

const read = async (who: Person, url: string) => {
  let reply = await who.get(url)
  // A page of several MB may take longer than a database is given, on a machine that is busy with other tests.
  for (let tries = 0; reply.statusCode === 503 && tries < 20; tries++) {
    await sleep(250)
    reply = await who.get(url)
  }
  if (reply.statusCode !== 200) throw new Error(`${url}: ${reply.body}`)
  const messages = reply.json<Message[]>()
  const next = /^<([^>]+)>; rel="next"$/.exec(String(reply.headers['link'] ?? ''))?.[1]
  return { messages, places: messages.map(({ payload }) => payload[0]), next }
}

/** Follows the links from a URL to the end. */
async function walk(who: Person, url: string) {
  const pages: (number | undefined)[][] = []
  for (let at: string | undefined = url; at !== undefined; ) {
    const page: { places: (number | undefined)[]; next: string | undefined } = await read(who, at)
    pages.push(page.places)
    at = page.next
  }
  return pages
}

t.test('both parties read the same messages newest first, each with his own numbers', async (t) => {
  const { ann, bob, eve } = await world.people()
  await eve.post({ receiver_id: bob.id, payload: [99] })
  await talk(ann, bob, 5)
  const [ofAnn, ofBob] = [await read(ann, `/api/messages/${bob.id}`), await read(bob, `/api/messages/${ann.id}`)]
  t.same(ofAnn.places, [5, 4, 3, 2, 1])
  t.same(
    ofAnn.messages.map(({ seq }) => seq),
    [5, 4, 3, 2, 1],
  )
  t.same(
    ofBob.messages.map(({ seq }) => seq),
    [6, 5, 4, 3, 2],
  )
  const withoutSeq = ({ seq: _, ...message }: Message) => message
  t.same(ofAnn.messages.map(withoutSeq), ofBob.messages.map(withoutSeq))
  t.equal(ofAnn.next, undefined)
})

t.test('links lead through a conversation from new to old, whatever is sent meanwhile', async (t) => {
  const { ann, bob } = await world.people()
  await talk(ann, bob, 7)
  t.same(await walk(ann, `/api/messages/${bob.id}?limit=3`), [[7, 6, 5], [4, 3, 2], [1]])
  t.same(await walk(bob, `/api/messages/${ann.id}?limit=7`), [[7, 6, 5, 4, 3, 2, 1]])
  const first = await read(ann, `/api/messages/${bob.id}?limit=3`)
  await ann.post({ receiver_id: bob.id, payload: [8] })
  t.same((await read(ann, first.next ?? '')).places, [4, 3, 2])
})

t.test('and from old to new, when a message is given to start behind', async (t) => {
  const { ann, bob } = await world.people()
  await talk(ann, bob, 7)
  const { messages } = await read(ann, `/api/messages/${bob.id}`)
  const oldest = messages.at(-1)?.id
  t.same(await walk(ann, `/api/messages/${bob.id}?limit=3&after=${oldest}`), [
    [2, 3, 4],
    [5, 6, 7],
  ])
  t.same(await walk(bob, `/api/messages/${ann.id}?after=${oldest}&limit=4`), [
    [2, 3, 4, 5],
    [6, 7],
  ])
  t.same(await walk(bob, `/api/messages/${ann.id}?after=${messages[0]?.id}`), [[]])
})

t.test('limit and offset count from the newest', async (t) => {
  const { ann, bob } = await world.people()
  await talk(ann, bob, 6)
  t.same((await read(ann, `/api/messages/${bob.id}?limit=2&offset=0`)).places, [6, 5])
  t.same((await read(ann, `/api/messages/${bob.id}?limit=2&offset=2`)).places, [4, 3])
  t.same((await read(ann, `/api/messages/${bob.id}?offset=5`)).places, [1])
  t.same((await read(ann, `/api/messages/${bob.id}?offset=10000`)).places, [])
  t.same(await walk(ann, `/api/messages/${bob.id}?limit=2&offset=1`), [[5, 4], [3, 2], [1]])
})

t.test('by default fifty messages come', async (t) => {
  const { ann, bob } = await world.people()
  await Promise.all(Array.from({ length: 51 }, () => ann.post({ receiver_id: bob.id, payload: [] })))
  t.equal((await read(ann, `/api/messages/${bob.id}`)).messages.length, 50)
  t.equal((await read(ann, `/api/messages/${bob.id}?limit=200`)).messages.length, 51)
})

t.test('notes to self are a conversation like others', async (t) => {
  const { ann, bob } = await world.people()
  for (const place of [1, 2, 3]) await ann.post({ receiver_id: ann.id, payload: [place] })
  await ann.post({ receiver_id: bob.id, payload: [4] })
  t.same(await walk(ann, `/api/messages/${ann.id}?limit=2`), [[3, 2], [1]])
})

t.test('with somebody never talked to there is nothing, and with nobody there is no conversation', async (t) => {
  const { ann, bob } = await world.people()
  t.same((await read(ann, `/api/messages/${bob.id}`)).messages, [])
  t.match(await ann.get(`/api/messages/${NOBODY}`), { statusCode: 404, body: '{"error":"user not found"}' })
})

t.test('a bound must be a message of that very conversation', async (t) => {
  const { ann, bob, eve } = await world.people()
  const post = async (from: Person, to: Person) =>
    (await from.post({ receiver_id: to.id, payload: [1] })).json<Message>().id
  const [withBob, withEve, between] = [await post(ann, bob), await post(ann, eve), await post(bob, eve)]
  const refused = { statusCode: 404, body: '{"error":"message not found"}' }
  for (const bound of ['before', 'after']) {
    t.match(await ann.get(`/api/messages/${bob.id}?${bound}=${withBob}`), { statusCode: 200 })
    for (const id of [withEve, between, NOBODY]) {
      t.match(await ann.get(`/api/messages/${bob.id}?${bound}=${id}`), refused)
    }
    t.match(await ann.get(`/api/messages/${ann.id}?${bound}=${withBob}`), refused)
  }
})

t.test('bad queries are refused with their place', async (t) => {
  const { ann, bob } = await world.people()
  const bad = {
    'limit=0': 'limit must be >= 1',
    'limit=201': 'limit must be <= 200',
    'limit=-1': 'limit must be >= 1',
    'limit=1.5': 'limit must be integer',
    'limit=ten': 'limit must be integer',
    'limit=': 'limit must be integer',
    'limit=1&limit=2': 'limit must be integer',
    'offset=-1': 'offset must be >= 0',
    'offset=10001': 'offset must be <= 10000',
    'before=1': 'before must be a UUID in lower case',
    'after=': 'after must be a UUID in lower case',
    [`before=${NOBODY.toUpperCase()}`]: 'before must be a UUID in lower case',
    [`before=${NOBODY}&after=${NOBODY}`]: 'query must have before or after, not both',
    'page=2': 'query must NOT have the property "page"',
  }
  for (const [query, error] of Object.entries(bad)) {
    const reply = await ann.get(`/api/messages/${bob.id}?${query}`)
    t.match(reply, { statusCode: 400, body: JSON.stringify({ error }) }, query)
  }
  for (const id of ['1', 'me', bob.id.toUpperCase(), `${bob.id}0`]) {
    t.match(await ann.get(`/api/messages/${id}`), {
      statusCode: 400,
      body: '{"error":"user_id must be a UUID in lower case"}',
    })
  }
})

t.test('a page ends where it grows too large, and its link leads on', async (t) => {
  const { ann, bob } = await world.people()
  const text = JSON.stringify({ receiver_id: bob.id, payload: Array.from({ length: 65_536 }, () => 1) })
  const count = 66
  for (let sent = 0; sent < count; sent += 6) {
    await Promise.all(Array.from({ length: 6 }, () => ann.post(text)))
  }
  const pages = await walk(bob, `/api/messages/${ann.id}?limit=200`)
  t.ok(pages.length > 1)
  t.equal(pages.flat().length, count)
})

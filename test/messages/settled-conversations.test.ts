import { deepStrictEqual } from 'node:assert'
import { randomUUID } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import type { Client } from 'pg'
import t from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { Session } from '../../src/db/session.ts'
import { append } from '../../src/messages/append.ts'
import type { Draft, StoredMessage } from '../../src/messages/message.ts'
import { connectClient, createDatabase, type Environment, type Test } from '../tools/database.ts'

const createUsers = async (client: Client, count: number) => {
  const { rows } = await client.query<{ id: string }>(
    `insert into users (username, username_key, password_hash)
     select name, name, '-' from (select gen_random_uuid()::text as name from generate_series(1, $1::int)) n returning id`,
    [count],
  )
  return rows.map(({ id }) => id)
}

const connectSession = async (t: Test, env: Environment) => {
  const session = new Session(await connectClient(t, env))
  return { execute: session.execute.bind(session), now: Date.now }
}

const send = (port: Parameters<typeof append>[0], pairs: readonly (readonly [string, string])[]) => {
  const drafts = pairs.map(
    ([sender_id, receiver_id]): Draft => ({
      ...{ id: randomUUID(), sender_id, receiver_id, payload: Buffer.alloc(1), isClaimed: false },
    }),
  )
  return append(port, drafts, Date.now() + 10_000, false)
}

/** A user's conversations: with whom, the last number and id, how far read, how many unread. */
const list = async (client: Client, userId: string) => {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(' ', peer_id, last_seq, last_message_id, read_seq, unread) as line
     from conversations where user_id = $1 order by 1`,
    [userId],
  )
  return rows.map(({ line }) => line)
}

/** The same, counted out of all messages there are. */
const count = (userId: string, messages: readonly StoredMessage[], marks: ReadonlyMap<string, number>) => {
  const ends = new Map<string, { end: string; read: number; unread: number }>()
  for (const { id, sender_id, receiver_id, sender_seq, receiver_seq } of messages) {
    if (sender_id !== userId && receiver_id !== userId) continue
    const isReceived = sender_id !== userId
    const peer = isReceived ? sender_id : receiver_id
    const read = marks.get(`${userId} ${peer}`) ?? 0
    const unread = (ends.get(peer)?.unread ?? 0) + (isReceived && receiver_seq > read ? 1 : 0)
    ends.set(peer, { end: `${isReceived ? receiver_seq : sender_seq} ${id}`, read, unread })
  }
  return [...ends].map(([peer, { end, read, unread }]) => `${peer} ${end} ${read} ${unread}`).sort()
}

const place = fc.nat(19)
const sends = fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 90 }).map((pairs) => ({ pairs }))
const sendOne = fc.tuple(place, place).map((pair) => ({ pairs: [pair] }))
const mark = fc.record({ owner: place, peer: place, back: fc.integer({ min: -3, max: 80 }) })
const steps = fc.array(fc.oneof(sends, sendOne, sendOne, mark), { minLength: 1, maxLength: 40 })

t.test('whatever is sent and marked, in whatever portions, the list says what the messages do', async (t) => {
  const env = await createDatabase(t)
  const client = await connectClient(t, env)
  const port = await connectSession(t, env)
  // Among few users all come due at one number, among many each at his own.
  const property = fc.asyncProperty(fc.constantFrom(4, 20), steps, async (people, steps) => {
    const users = await createUsers(client, people)
    const user = (place: number) => users[place % people] as string
    const messages: StoredMessage[] = []
    const marks = new Map<string, number>()
    for (const step of steps) {
      if ('pairs' in step) {
        const result = await send(
          port,
          step.pairs.map(([from, to]) => [user(from), user(to)]),
        )
        messages.push(...('stored' in result ? result.stored : []))
      } else {
        const [owner, peer] = [user(step.owner), user(step.peer)]
        const { rows } = await client.query<{ head: number }>(
          'select head::float8 as head from mailboxes where user_id = $1',
          [owner],
        )
        const head = rows[0]?.head ?? 0
        const seq = Math.max(0, head - step.back)
        const answer = await client.query<{ unread: number }>(
          'select unread::float8 as unread from mark_read($1, $2, $3)',
          [owner, peer, seq],
        )
        if (answer.rows.length > 0) {
          const key = `${owner} ${peer}`
          marks.set(key, Math.max(marks.get(key) ?? 0, Math.min(seq, head)))
          const line = count(owner, messages, marks).find((each) => each.startsWith(peer))
          deepStrictEqual(String(answer.rows[0]?.unread), line?.split(' ').at(-1))
        }
      }
      const owner = user(messages.length)
      deepStrictEqual(await list(client, owner), count(owner, messages, marks))
    }
    for (const owner of users) deepStrictEqual(await list(client, owner), count(owner, messages, marks))
  })
  await fc.assert(property, { numRuns: 40 })
})

t.test('those who never get many messages at a time are settled too, in time', async (t) => {
  const env = await createDatabase(t)
  const client = await connectClient(t, env)
  const port = await connectSession(t, env)
  const countMost = async (users: readonly string[], batches: number, batch: [string, string][]) => {
    let most = 0
    for (let each = 0; each < batches; each++) {
      await send(port, batch)
      const { rows } = await client.query<{ most: number }>(
        'select max(unsettled) as most from mailboxes where user_id = any ($1)',
        [users],
      )
      most = Math.max(most, rows[0]?.most ?? 0)
    }
    return most
  }
  const ring = (users: readonly string[]) =>
    users.map((user, place): [string, string] => [user, users[(place + 1) % users.length] as string])

  const pair = (await createUsers(client, 2)) as [string, string]
  t.equal(await countMost(pair, 100, [pair]), 31, 'lone messages')
  const few = await createUsers(client, 4)
  t.equal(await countMost(few, 50, ring(few)), 32, 'two messages each, among few users')
  const many = await createUsers(client, 40)
  const most = await countMost(many, 100, ring(many))
  t.ok(most > 32 && most <= 64, `two messages each, among many users, each at a number of his own: ${most}`)
})

/** What the release before sends for two messages to one receiver: it counts the conversations' ends itself. */
const sendAsBefore = (client: Client, sender: string, receiver: string) => {
  const [one, two] = [randomUUID(), randomUUID()]
  const [low, high] = [sender, receiver].sort()
  const [from, to] = sender === low ? [1, 2] : [2, 1]
  return client.query(
    `select * from store_messages(now() + interval '10 s', $1, '{2,2}', '{}', $2, $3, $4, '{1,2}', '{1,2}', '{1,2}',
       '\\x0102', $5, $6, '{2,2}', $7, '{0,2}')`,
    [
      [low, high],
      [one, two],
      [from, from],
      [to, to],
      [from, to],
      [to, from],
      [two, two],
    ],
  )
}

t.test(
  'what was stored before the migration is told of, and so is what the release before stores after it',
  async (t) => {
    const client = await connectClient(t, await createDatabase(t, { empty: true }))
    const first = await mkdtemp(join(tmpdir(), 'sql-'))
    t.teardown(() => rm(first, { recursive: true }))
    const file = '001-init.sql'
    await copyFile(fileURLToPath(new URL(`../../sql/${file}`, import.meta.url)), join(first, file))
    await migrate(client, first)
    const [ann, ben] = (await createUsers(client, 2)) as [string, string]
    const short = async (userId: string) =>
      (await list(client, userId)).map((line) => line.replace(/[-0-9a-f]{36} ?/g, ''))

    await sendAsBefore(client, ann, ben)
    const before = [await list(client, ann), await list(client, ben)]
    await migrate(client)
    t.same([await list(client, ann), await list(client, ben)], before)
    t.same([await short(ann), await short(ben)], [['2 0 0'], ['2 0 2']])
    await sendAsBefore(client, ann, ben)
    await client.query('select mark_read($1, $2, 3)', [ben, ann])
    await sendAsBefore(client, ben, ann)
    t.same([await short(ann), await short(ben)], [['6 0 2'], ['6 3 1']])
  },
)

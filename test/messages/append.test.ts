import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql, type TransactionSql } from 'postgres'
import t, { type Test } from 'tap'
import type { Database } from '../../src/db/database.ts'
import { append } from '../../src/messages/append.ts'
import type { Draft } from '../../src/messages/message.ts'
import { createDatabase } from '../helper.ts'

/** bytea as hex text, as the application sends it. */
const hexText = { to: 17, from: [17], serialize: (hex: string) => hex, parse: (hex: string) => hex }

/** Stores drafts in the transaction of the given connection. */
const storeIn = (sql: Sql | TransactionSql, drafts: Draft[], expiresAt = Date.now() + 10_000) =>
  append(
    { run: (statement: (sql: Sql | TransactionSql) => unknown) => statement(sql), now: Date.now } as never as Database,
    drafts,
    expiresAt,
    false,
  )

/** Two users who write to each other, over two connections. */
const prepare = async (t: Test) => {
  const env = await createDatabase(t)
  const connect = () => {
    const sql = postgres({
      ...{ host: env['DB_HOST'] ?? '', port: Number(env['DB_PORT']), user: env['DB_USER'] ?? '' },
      ...{ password: env['DB_PASSWORD'] ?? '', database: env['DB_NAME'] ?? '', max: 1, fetch_types: false },
      types: { bytea: hexText },
    }) as unknown as Sql
    t.teardown(() => sql.end({ timeout: 1 }))
    return sql
  }
  const [one, two] = [connect(), connect()]
  const rows = await one<{ id: string }[]>`
    insert into users (username, username_key, password_hash) values ('ann', 'ann', '-'), ('ben', 'ben', '-') returning id`
  const [ann = '', ben = ''] = rows.map(({ id }) => id)
  const draft = (id = randomUUID(), isClaimed = false): Draft => ({
    ...{ id, sender_id: ann, receiver_id: ben, payload: Buffer.from([1, 2, 3]), isClaimed },
  })
  const stored = async () =>
    (await one<{ seq: number }[]>`select receiver_seq::int as seq from messages order by 1`).map(({ seq }) => seq)
  return { one, two, draft, stored }
}

t.test('who comes second waits for the first to commit and goes on behind him', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  let second: ReturnType<typeof storeIn> | undefined
  await one.begin(async (transaction) => {
    t.match(await storeIn(transaction, [draft(), draft()]), { stored: [{ receiver_seq: 1 }, { receiver_seq: 2 }] })
    second = storeIn(two, [draft()])
    await sleep(100)
  })
  t.match(await second, { stored: [{ sender_seq: 3, receiver_seq: 3 }] })
  t.same(await stored(), [1, 2, 3])
})

t.test('a repeated id is found though its first copy was committed while the second waited', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  const id = randomUUID()
  let second: ReturnType<typeof storeIn> | undefined
  await one.begin(async (transaction) => {
    await storeIn(transaction, [draft(id, true)])
    second = storeIn(two, [draft(id, true), draft()])
    await sleep(100)
  })
  t.match(await second, { repeatedIds: new Set([id]) })
  t.same(await stored(), [1], 'and nothing of its batch is stored')
})

t.test('what waited longer than its caller does is not stored any more', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  let second: Promise<unknown> | undefined
  await one.begin(async (transaction) => {
    await storeIn(transaction, [draft()])
    second = storeIn(two, [draft()], Date.now() + 100).catch(({ code }) => code)
    await sleep(200)
  })
  t.equal(await second, '57014')
  t.same(await stored(), [1])
})

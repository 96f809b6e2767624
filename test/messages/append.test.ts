import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Session } from '../../src/db/session.ts'
import { append } from '../../src/messages/append.ts'
import type { Draft } from '../../src/messages/message.ts'
import { createDatabase } from '../helper.ts'
import { connectClient } from '../tools/database.ts'

type Store = Awaited<ReturnType<typeof openStore>>

/** A connection that stores drafts as the application does; `hold` does so in one transaction. */
const openStore = async (t: Test, env: Record<string, string>) => {
  const client = await connectClient(t, env)
  const session = new Session(client)
  const port = { execute: session.execute.bind(session), now: Date.now }
  return {
    session,
    store: (drafts: Draft[], expiresAt = Date.now() + 10_000) => append(port, drafts, expiresAt, false),
    hold: async (work: () => Promise<void>) => {
      await session.query('begin')
      await work()
      await session.query('commit')
    },
  }
}

/** Two users who write to each other, over two connections. */
const prepare = async (t: Test) => {
  const env = await createDatabase(t)
  const [one, two] = [await openStore(t, env), await openStore(t, env)]
  const rows = await one.session.query(`
    insert into users (username, username_key, password_hash) values ('ann', 'ann', '-'), ('ben', 'ben', '-') returning id`)
  const [ann, ben] = rows.map(([id]) => id) as [string, string]
  const draft = (id = randomUUID(), isClaimed = false): Draft => ({
    ...{ id, sender_id: ann, receiver_id: ben, payload: Buffer.from([1, 2, 3]), isClaimed },
  })
  const stored = async () => {
    const rows = await one.session.query('select receiver_seq from messages order by 1')
    return rows.map(([seq]) => Number(seq))
  }
  return { one, two, draft, stored }
}

t.test('who comes second waits for the first to commit and goes on behind him', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  let second: ReturnType<Store['store']> | undefined
  await one.hold(async () => {
    t.match(await one.store([draft(), draft()]), { stored: [{ receiver_seq: 1 }, { receiver_seq: 2 }] })
    second = two.store([draft()])
    await sleep(100)
  })
  t.match(await second, { stored: [{ sender_seq: 3, receiver_seq: 3 }] })
  t.same(await stored(), [1, 2, 3])
})

t.test('a repeated id is found though its first copy was committed while the second waited', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  const id = randomUUID()
  let second: ReturnType<Store['store']> | undefined
  await one.hold(async () => {
    await one.store([draft(id, true)])
    second = two.store([draft(id, true), draft()])
    await sleep(100)
  })
  t.match(await second, { repeatedIds: new Set([id]) })
  t.same(await stored(), [1], 'and nothing of its batch is stored')
})

t.test('what waited longer than its caller does is not stored any more', async (t) => {
  const { one, two, draft, stored } = await prepare(t)
  let second: Promise<unknown> | undefined
  await one.hold(async () => {
    await one.store([draft()])
    second = two.store([draft()], Date.now() + 100).catch(({ code }) => code)
    await sleep(200)
  })
  t.equal(await second, '57014')
  t.same(await stored(), [1])
})

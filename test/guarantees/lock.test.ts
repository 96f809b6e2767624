import { randomUUID } from 'node:crypto'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { openGeneration } from '../../src/db/generation.ts'
import { append } from '../../src/messages/append.ts'
import { connect, createDatabase, SECRET } from '../helper.ts'
import { addUsers } from './users.ts'

const INSTANCES = 4
const BATCHES = 40
const SIZE = 5

t.test('batches of several instances for the same mailboxes wait for each other instead of colliding', async (t) => {
  const database = await createDatabase(t)
  const sql = connect(t, database)
  const config = readConfig({ ...database, JWT_SECRET: SECRET }).db
  const users = (await addUsers(sql, 6)).map(({ id }) => id)
  const pick = () => users[Math.floor(Math.random() * users.length)] ?? ''

  const writing = Array.from({ length: INSTANCES }, async () => {
    // What an instance has of its own is its connection for sends; of the rest of the port no part is needed here.
    const own = await openGeneration(config)
    t.teardown(own.destroy)
    const port = { execute: own.execute, now: Date.now }
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const drafts = Array.from({ length: SIZE }, () => ({
        ...{ id: randomUUID(), sender_id: pick(), receiver_id: pick() },
        ...{ payload: Buffer.from([batch]), isClaimed: true },
      }))
      const result = await append(port, drafts, Date.now() + 10_000, false)
      if (!('stored' in result)) throw new Error('a new batch was taken for a repeated one')
    }
  })
  const failures = (await Promise.allSettled(writing)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  t.same(failures.map(String), [])

  const [total] = await sql`select count(*)::int as stored from messages`
  t.same(total, { stored: INSTANCES * BATCHES * SIZE })
  const wrong = await sql`
    with box as (
      select sender_id as owner, sender_seq as seq, created_at from messages
      union select receiver_id, receiver_seq, created_at from messages
    ), numbered as (
      select owner, seq, row_number() over (partition by owner order by seq) as place,
             created_at < lag(created_at) over (partition by owner order by seq) as is_backwards
      from box
    )
    select * from numbered where seq <> place or is_backwards`
  t.same([...wrong], [], 'gaps, and steps back in time')
})

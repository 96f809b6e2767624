import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, listen } from '../helper.ts'
import { openLink } from '../torture/proxy.ts'
import { post } from './peer.ts'
import { addUsers } from './users.ts'

t.test(
  'one connection to the database hangs while the others work: sends are refused in time, and soon served',
  async (t) => {
    const database = await createDatabase(t)
    const link = await openLink({ host: '127.0.0.1', port: Number(database['DB_PORT']) })
    t.teardown(() => link.close())
    const app = await build(t, { ...database, DB_PORT: String(link.port) })
    const url = await listen(t, app)
    const sql = connect(t, database)
    const [ann, ben] = await addUsers(sql, 2)
    const send = async () => {
      const since = performance.now()
      const { status } = await post(url, ann.token, { receiver_id: ben.id, payload: [1] })
      return { status, ms: performance.now() - since }
    }
    t.equal((await send()).status, 201)

    const [writer] = await sql<{ client_port: number }[]>`
    select client_port from pg_stat_activity
    where datname = current_database() and query like '%store_message%' and pid <> pg_backend_pid()`
    t.ok(writer, 'the connection for messages is known')
    link.disturbOne({ how: 'blackhole', ms: 8_000, amount: 0 }, writer?.client_port ?? 0)
    const hungAt = performance.now()
    const answers = [await send()]
    while (answers.at(-1)?.status !== 201 && performance.now() - hungAt < 9000) {
      await sleep(100)
      answers.push(await send())
    }
    t.ok(
      answers.every(({ status, ms }) => (status === 503 || status === 201) && ms < 2000),
      JSON.stringify(answers),
    )
    t.equal(answers.at(-1)?.status, 201)
    t.ok(performance.now() - hungAt < 5000, 'without waiting for the network')
  },
)

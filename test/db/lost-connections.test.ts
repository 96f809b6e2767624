import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, register } from '../helper.ts'

const REQUESTS = 8

/** Longer than the server waits between proofs of life, shorter than it waits for one, in milliseconds. */
const BEAT_UNDER_WAY = 600

for (const isBeating of [false, true]) {
  const meanwhile = isBeating ? ', though a proof of life is under way' : ''
  t.test(`when connections are lost, whoever waits for a turn gets it from the next ones${meanwhile}`, async (t) => {
    const database = await createDatabase(t)
    const app = await build(t, { ...database, DB_POOL_MAX: '3' })
    const { token } = await register(app, 'ann')
    const sql = connect(t, database)
    const ask = () => app.inject({ url: '/api/users/me', headers: { authorization: `Bearer ${token}` } })

    const findHeartbeat = async (): Promise<number> => {
      const [found] = await sql<{ pid: number }[]>`select pid from pg_stat_activity
        where application_name = 'messenger' and datname = current_database() and query like '%clock_timestamp%'`
      if (found !== undefined) return found.pid
      await sleep(50)
      return findHeartbeat()
    }
    const heartbeat = await findHeartbeat()

    let since = 0
    const answers = await sql.begin(async (transaction) => {
      await transaction`lock table users in access exclusive mode`
      if (isBeating) process.kill(heartbeat, 'SIGSTOP')
      try {
        if (isBeating) await sleep(BEAT_UNDER_WAY)
        since = performance.now()
        const asking = Array.from({ length: REQUESTS }, ask)
        await sleep(200)
        await transaction`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'messenger' and datname = current_database()`
        return asking
      } finally {
        if (isBeating) process.kill(heartbeat, 'SIGCONT')
      }
    })
    const codes = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
    t.same(codes, Array(REQUESTS).fill(200))
    t.ok(performance.now() - since < 1_400, 'and not only when their time is up')
  })
}

t.test('what is under way when the database is closed is answered first', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, database)
  const { token } = await register(app, 'ann')
  const sql = connect(t, database)
  const lock = sql.begin(async (transaction) => {
    await transaction`lock table users in access exclusive mode`
    await sleep(400)
  })
  await sleep(100)
  const asking = app.inject({ url: '/api/users/me', headers: { authorization: `Bearer ${token}` } })
  await sleep(100)
  await app.db.close()
  t.equal((await asking).statusCode, 200)
  await lock
})

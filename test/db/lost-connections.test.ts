import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, register } from '../helper.ts'

const REQUESTS = 8

t.test('when connections are lost, whoever waits for a turn gets it from the next ones', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, { ...database, DB_POOL_MAX: '3' })
  const { token } = await register(app, 'ann')
  const sql = connect(t, database)
  const since = performance.now()
  const answers = await sql.begin(async (transaction) => {
    await transaction`lock table users in access exclusive mode`
    const asking = Array.from({ length: REQUESTS }, () =>
      app.inject({ url: '/api/users/me', headers: { authorization: `Bearer ${token}` } }),
    )
    await sleep(200)
    await transaction`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'messenger' and datname = current_database()`
    return asking
  })
  const codes = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
  t.same(codes, Array(REQUESTS).fill(200))
  t.ok(performance.now() - since < 1_400, 'and not only when their time is up')
})

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

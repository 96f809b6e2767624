import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, register } from '../helper.ts'

const REQUESTS = 60

t.test('whoever waits for a turn behind statements that hang is answered in time, too', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, { ...database, DB_POOL_MAX: '4' })
  const { token } = await register(app, 'ann')
  const ask = async () => {
    const since = performance.now()
    const { statusCode } = await app.inject({ url: '/api/users/me', headers: { authorization: `Bearer ${token}` } })
    return { statusCode, ms: performance.now() - since }
  }
  const sql = connect(t, database)
  const answers = await sql.begin(async (transaction) => {
    await transaction`lock table users in access exclusive mode`
    return Promise.all(Array.from({ length: REQUESTS }, ask))
  })
  t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([503]))
  t.ok(Math.max(...answers.map(({ ms }) => ms)) < 2_000, 'within 2 seconds')
  for (let tries = 0; tries < 300 && (await ask()).statusCode !== 200; tries += 1) await sleep(100)
  t.equal((await ask()).statusCode, 200)
})

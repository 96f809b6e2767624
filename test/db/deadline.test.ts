import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { withDeadline } from '../../src/db/deadline.ts'
import { build, connect, createDatabase, register } from '../helper.ts'

const REQUESTS = 60

const never = new Promise<never>(() => {})

t.test('a wait ends with what it waits for, or with its time, whichever comes first', async (t) => {
  t.equal(await withDeadline(Promise.resolve('value'), 10_000), 'value')
  await t.rejects(withDeadline(Promise.reject(new Error('fault')), 10_000), { message: 'fault' })
  const since = performance.now()
  const ends: number[] = []
  const waits = [200, 60, 0].map(async (milliseconds) => {
    await t.rejects(withDeadline(never, milliseconds), { message: `no answer within ${milliseconds} ms` })
    t.ok(performance.now() - since >= milliseconds, 'and not before')
    ends.push(milliseconds)
  })
  const late = t.rejects(
    withDeadline(never, 120, () => new TypeError('late')),
    TypeError,
  )
  const longest = withDeadline(sleep(300, 'in time'), 10_000)
  await Promise.all([...waits, late])
  t.same(ends, [0, 60, 200])
  t.equal(await longest, 'in time', 'nobody else loses his time by it')
})

t.test('what has come in while the event loop was held up counts as in time', async (t) => {
  const hasAnswered = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     parentPort.on('message', () => {
       parentPort.postMessage('answer')
       Atomics.store(workerData, 0, 1)
       Atomics.notify(workerData, 0)
     })`,
    { eval: true, workerData: hasAnswered },
  )
  t.teardown(() => worker.terminate())
  await once(worker, 'online')
  // Timers come next when immediates have run, and the network after them.
  await new Promise(setImmediate)
  const answer = withDeadline(once(worker, 'message'), 1)
  worker.postMessage('question')
  Atomics.wait(hasAnswered, 0, 0)
  for (const since = performance.now(); performance.now() - since < 200; );
  t.same(await answer, ['answer'])
})

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

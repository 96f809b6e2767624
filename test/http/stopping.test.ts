import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { errorsPlugin } from '../../src/http/errors.ts'
import { healthRoutes } from '../../src/http/health.ts'
import { serverOptions } from '../../src/http/options.ts'
import { stoppingPlugin } from '../../src/http/stopping.ts'
import { listen } from '../helper.ts'
import { raw } from './raw.ts'

t.test('while it stops, what comes over open connections is sent elsewhere, and health says so', async (t) => {
  const app = Fastify(serverOptions(readConfig({ JWT_SECRET: 'x', LOG_LEVEL: 'silent' })))
  await app.register(errorsPlugin)
  await app.register(stoppingPlugin, { graceMs: 10_000 })
  await app.register(healthRoutes, { db: { ping: async () => true } })
  // 1. A request that takes a while, and a farewell that takes as long.
  const begun = gate()
  const answered = gate()
  const said = gate()
  app.get('/slow', async () => {
    begun.resolve()
    await answered.promise
    return { done: true }
  })
  app.addHook('preClose', () => said.promise)
  const origin = await listen(t, app)
  const slow = fetch(`${origin}/slow`)
  await begun.promise
  const closed = app.close()
  while (!app.stopping) await sleep(10)
  // 2. Newcomers are refused in our shape, but for health.
  const refused = await fetch(`${origin}/slow`)
  t.equal(refused.status, 503)
  t.same(await refused.json(), { error: 'server is stopping' })
  t.equal(refused.headers.get('retry-after'), '1')
  const health = await fetch(`${origin}/health`)
  t.equal(health.status, 503)
  t.same(await health.json(), { status: 'degraded', database: 'connected' })
  t.equal((await fetch(`${origin}/health/live`)).status, 200)
  // 3. What was begun is finished.
  said.resolve()
  await sleep(300)
  answered.resolve()
  t.same(await (await slow).json(), { done: true })
  await closed
  t.equal(await raw(origin, 'GET /health HTTP/1.1\r\n\r\n').catch(() => ''), '')
})

/** A promise to be resolved from outside. */
function gate() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

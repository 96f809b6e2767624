import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { build, listen } from '../helper.ts'
import { parts, raw } from './raw.ts'

t.test('with its database the server is healthy', async (t) => {
  const app = await build(t)
  const reply = await app.inject('/health')
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { status: 'healthy', database: 'connected' })
  t.equal(reply.headers['cache-control'], 'no-store')
})

t.test('without it the server is degraded, but alive', async (t) => {
  const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
  const started = Date.now()
  const reply = await app.inject('/health')
  t.ok(Date.now() - started < 1_000)
  t.equal(reply.statusCode, 503)
  t.same(reply.json(), { status: 'degraded', database: 'disconnected' })
  t.same((await app.inject('/health/live')).json(), { status: 'alive' })
})

t.test(
  'a stopping server finishes what it began, sends the rest elsewhere, and does not wait for the idle',
  async (t) => {
    const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
    const origin = await listen(t, app)
    const pause = 600
    // 1. A connection that never asks anything, as browsers make them, and one whose request is on its way.
    const idle = raw(origin, '')
    const head = 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    const slow = raw(origin, `${head}Content-Length: 2\r\n\r\n`, { ms: pause })
    while ((await promisify(app.server.getConnections.bind(app.server))()) < 2) await sleep(10)
    // 2. The end of both comes well within the grace of ten seconds.
    const started = Date.now()
    await app.close()
    t.ok(Date.now() - started < 3_000, `took ${Date.now() - started} ms`)
    t.equal(await idle, '')
    t.ok(parts(await slow).status !== 200)
  },
)

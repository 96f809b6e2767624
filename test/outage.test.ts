import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, listen, register, startPostgres } from './helper.ts'
import { openSocket } from './realtime/client.ts'

const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
  const start = performance.now()
  return [await work, performance.now() - start]
}

for (const outage of ['stop', 'kill', 'freeze'] as const) {
  t.test(`the database goes away (${outage}) and comes back, the sockets stay`, async (t) => {
    const postgres = await startPostgres(t)
    const app = await build(t, postgres.env)
    const url = await listen(t, app)
    const ann = await register(app, 'ann')
    const bob = await register(app, 'bob')
    const cid = await register(app, 'cid')
    const annSocket = await openSocket(url, ann.token)
    const bobSocket = await openSocket(url, bob.token, { after: 0 })
    annSocket.send({ receiver_id: bob.user.id, payload: [1] })
    await annSocket.wait(1)
    await bobSocket.wait(2)

    // 1. It goes away: everything that needs it says so in time.
    await postgres[outage]()
    // What was asked before a freeze may be answered yet.
    await sleep(50)
    const health = () => app.inject('/health')
    const [sick, sickAfter] = await timed(health())
    t.equal(sick.statusCode, 503)
    t.same(sick.json(), { status: 'degraded', database: 'disconnected' })
    t.ok(sickAfter < 1_000, `health took ${sickAfter} ms`)
    const [refused, refusedAfter] = await timed(
      app.inject({ method: 'POST', url: '/api/auth/login', payload: { username: 'ann', password: 'password of ann' } }),
    )
    t.equal(refused.statusCode, 503)
    t.same(refused.json(), { error: 'database unavailable' })
    t.ok(refused.headers['retry-after'])
    t.ok(refusedAfter < 2_000, `login took ${refusedAfter} ms`)

    // 2. Who is here can talk, unstored; who is not can't be reached.
    const lateSocket = await openSocket(url, bob.token)
    annSocket.send({ receiver_id: bob.user.id, payload: [2] })
    annSocket.send({ receiver_id: cid.user.id, payload: [3], id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42' })
    const [[, echo, offline], talkedAfter] = await timed(annSocket.wait(3))
    t.ok(talkedAfter < 1_000, `passing a message on took ${talkedAfter} ms`)
    t.match(echo, { payload: [2], persisted: false, sender_id: ann.user.id })
    t.notOk(echo && 'seq' in echo)
    t.same(offline, {
      error: 'receiver is offline and the database is unavailable',
      id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42',
    })
    t.match((await bobSocket.wait(3))[2], { payload: [2], persisted: false, id: echo?.id })
    t.match((await lateSocket.wait(1))[0], { payload: [2], persisted: false })

    // 3. It comes back: all of that ends by itself, on the same sockets.
    await (outage === 'freeze' ? postgres.thaw() : postgres.start())
    const back = performance.now()
    while ((await health()).statusCode !== 200 && performance.now() - back < 5_000) await sleep(50)
    t.ok(performance.now() - back < 5_000, 'healthy within 5 seconds')
    annSocket.send({ receiver_id: bob.user.id, payload: [4] })
    t.match((await annSocket.wait(4))[3], { payload: [4], seq: 2 })
    t.match((await bobSocket.wait(4))[3], { payload: [4], seq: 2 })
    t.match((await lateSocket.wait(2, 5_000))[1], { payload: [4], seq: 2 })
  })
}

t.test('a server that starts without a database serves what it can and finds it later', async (t) => {
  const postgres = await startPostgres(t)
  await postgres.stop()
  const app = await build(t, postgres.env)
  t.equal((await app.inject('/health')).statusCode, 503)
  t.equal((await app.inject('/')).statusCode, 200)
  await postgres.start()
  const start = performance.now()
  while ((await app.inject('/health')).statusCode !== 200 && performance.now() - start < 5_000) await sleep(50)
  t.ok(performance.now() - start < 5_000, 'healthy within 5 seconds')
  t.ok((await register(app, 'ann')).token)
})

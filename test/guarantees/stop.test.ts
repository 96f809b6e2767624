import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { connect, createDatabase, startServer } from '../helper.ts'
import { openPeer, post } from './peer.ts'
import { addUsers } from './users.ts'

const SOCKETS = 8
const GRACE = 5000

t.test('SIGTERM under load ends with 0 within the grace; what was accepted is stored and answered', async (t) => {
  const database = await createDatabase(t)
  const server = await startServer(t, { ...database, SHUTDOWN_GRACE: `${GRACE}ms` })
  const sql = connect(t, database)
  const [ann, ben] = await addUsers(sql, 2)
  const acknowledged = new Set<string>()
  const failures: string[] = []
  let isStopping = false

  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => openPeer(t, server.url, ann.token)))
  const idle = await Promise.all(Array.from({ length: SOCKETS }, () => openPeer(t, server.url, ben.token)))
  const flood = setInterval(() => {
    for (const socket of sockets) {
      for (let count = 0; count < 5; count += 1) socket.send({ id: randomUUID(), receiver_id: ben.id, payload: [1] })
    }
  }, 10)
  t.teardown(() => clearInterval(flood))
  const posting = Array.from({ length: 4 }, async () => {
    for (;;) {
      const id = randomUUID()
      const reply = await post(server.url, ann.token, { id, receiver_id: ben.id, payload: [2] }).catch(() => undefined)
      if (reply?.status === 201) acknowledged.add(id)
      else if (!isStopping) failures.push(`${reply?.status} before the stop`)
      else if (reply && reply.status !== 503) failures.push(`${reply.status} ${reply.body.error}`)
      if (!reply) return
    }
  })

  await sleep(1500)
  const since = performance.now()
  isStopping = true
  const code = await server.kill('SIGTERM')
  const ms = performance.now() - since
  clearInterval(flood)
  await Promise.all(posting)

  t.equal(code, 0, server.output())
  t.ok(ms < GRACE + 500, `${Math.round(ms)} ms`)
  const codes = await Promise.all([...sockets, ...idle].map(({ closed }) => closed))
  t.same(new Set(codes), new Set([1001]))
  t.same(failures, [])
  for (const { frames } of sockets) for (const { id, seq } of frames) if (id && seq) acknowledged.add(id)
  const stored = new Set((await sql<{ id: string }[]>`select id from messages`).map(({ id }) => id))
  t.ok(stored.size > 100, `${stored.size} messages`)
  t.same(
    [...acknowledged].filter((id) => !stored.has(id)),
    [],
    'acknowledged, and not stored',
  )
  t.same(
    [...stored].filter((id) => !acknowledged.has(id)),
    [],
    'stored, and not answered',
  )
})

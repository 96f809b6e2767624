import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { connect, startServer } from '../helper.ts'
import { startPostgres } from '../tools/postgres.ts'
import { openPeer, post } from './peer.ts'
import { addUsers } from './users.ts'

const FREEZE = 6000
const WRITERS = 6

t.test('with a frozen database every request is answered within 2 s, and all is well within 5 s after', async (t) => {
  const postgres = await startPostgres(t, { fsync: true })
  const { url } = await startServer(t, postgres.env)
  const sql = connect(t, postgres.env)
  const [ann, ben] = await addUsers(sql, 2)
  const reader = await openPeer(t, url, ben.token, { after: 0 })
  const acknowledged = new Set<string>()
  const slow: string[] = []
  const statuses = new Map<number, number>()
  let frozen = false
  let thawedAt = Number.POSITIVE_INFINITY
  let servedAt = Number.POSITIVE_INFINITY
  let isWriting = true

  const request = async (work: () => Promise<number>, what: string) => {
    const since = performance.now()
    const status = await work()
    const ms = performance.now() - since
    if (frozen) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (ms > 2000) slow.push(`${what}: ${status} after ${Math.round(ms)} ms`)
    return status
  }
  const write = async () => {
    while (isWriting) {
      const id = randomUUID()
      const body = { id, receiver_id: ben.id, payload: [1] }
      let status = 0
      while (status !== 201) {
        status = await request(async () => (await post(url, ann.token, body)).status, 'POST /api/messages')
        if (status !== 201) await sleep(50)
      }
      acknowledged.add(id)
      if (performance.now() > thawedAt) servedAt = Math.min(servedAt, performance.now())
      // Enough for a request at every moment; more would only wear out the machine that other tests need.
      await sleep(10)
    }
  }
  const read = async (path: string) => {
    const headers = { authorization: `Bearer ${ann.token}` }
    while (isWriting) {
      await request(async () => {
        const reply = await fetch(`${url}${path}`, { headers })
        await reply.arrayBuffer()
        return reply.status
      }, `GET ${path}`)
      await sleep(30)
    }
  }
  const paths = ['/api/sync', `/api/messages/${ben.id}`, `/api/users/${ben.id}`, '/api/conversations']
  const load = Promise.all([...Array.from({ length: WRITERS }, write), ...paths.map(read)])

  await sleep(1000)
  await postgres.freeze()
  frozen = true
  await sleep(FREEZE)
  t.equal((await fetch(`${url}/health`)).status, 503)
  await postgres.thaw()
  frozen = false
  thawedAt = performance.now()
  while (servedAt > thawedAt + 5000 && performance.now() < thawedAt + 5000) await sleep(20)
  await sleep(1000)
  isWriting = false
  await load

  t.same(slow, [])
  t.ok((statuses.get(503) ?? 0) > WRITERS, `answers meanwhile: ${JSON.stringify([...statuses])}`)
  t.notOk(statuses.has(500))
  t.ok(servedAt - thawedAt < 5000, `served again after ${Math.round(servedAt - thawedAt)} ms`)
  const stored = new Set((await sql<{ id: string }[]>`select id from messages`).map(({ id }) => id))
  t.same(stored, acknowledged)
  await reader.until((frames) => new Set(frames.map(({ id }) => id)).size > stored.size).catch(() => undefined)
  const seen = reader.frames.filter(({ seq }) => seq !== undefined).flatMap(({ id }) => (id ? [id] : []))
  t.equal(seen.length, stored.size, 'the connected reader got everything, once')
  t.same(new Set(seen), stored)
})

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { build, connect, createDatabase, listen } from '../helper.ts'
import { numbers, openPeer, post } from './peer.ts'
import { addUsers } from './users.ts'

const ROUNDS = 20
const BACKLOG = 30

t.test('a plain client that comes back to a backlog and repeats its ids at once is answered, every time', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, database)
  const url = await listen(t, app)
  const sql = connect(t, database)
  const [ann, ben] = await addUsers(sql, 2)
  for (let round = 1; round <= ROUNDS; round += 1) {
    const own = Array.from({ length: 3 }, () => ({ id: randomUUID(), receiver_id: ben.id, payload: [round] }))
    for (const message of own) await post(url, ann.token, message)
    await Promise.all(
      Array.from({ length: BACKLOG }, () => post(url, ben.token, { receiver_id: ann.id, payload: [1] })),
    )
    // In the same packet as the last of the handshake, or nearly: one that is new among those that are not.
    const fresh = { id: randomUUID(), receiver_id: ben.id, payload: [round] }
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${ann.token}`)
    const seen: string[] = []
    socket.on('message', (data) => seen.push((JSON.parse(String(data)) as { id: string }).id))
    await once(socket, 'open')
    const wanted = [...own, fresh].map(({ id }) => id)
    for (const message of [...own, fresh]) socket.send(JSON.stringify(message))
    for (let wait = 0; wait < 3_000 && !wanted.every((id) => seen.includes(id)); wait += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    socket.terminate()
    t.same(
      wanted.filter((id) => !seen.includes(id)),
      [],
      `round ${round}`,
    )
    t.equal(new Set(seen).size, seen.length, 'and nothing came twice')
  }
})

t.test('a resuming client that repeats its ids at once gets them in their places, without a gap', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, database)
  const url = await listen(t, app)
  const sql = connect(t, database)
  const [ann, ben] = await addUsers(sql, 2)
  const own = Array.from({ length: 5 }, () => ({ id: randomUUID(), receiver_id: ben.id, payload: [1] }))
  for (const message of own) {
    await post(url, ann.token, message)
    await post(url, ben.token, { receiver_id: ann.id, payload: [2] })
  }
  const peer = await openPeer(t, url, ann.token, { after: 0 })
  for (const message of own.toReversed()) peer.send(message)
  await peer.until((frames) => numbers(frames).length >= own.length * 2)
  const first = [...new Set(numbers(peer.frames))]
  t.same(first, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'a number that is new is always the next')
})

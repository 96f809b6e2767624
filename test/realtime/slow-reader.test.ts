import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { openWorld } from '../messages/world.ts'
import { seqs } from './client.ts'

const world = await openWorld(t)
const KIB = 1_024
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/** The frame of a largest message, whose copies are of 262 KB each. */
const largest = (receiver_id: string, id?: string) =>
  JSON.stringify({ receiver_id, payload: Array.from({ length: 64 * KIB }, () => 255), ...(id ? { id } : {}) })

/** Bytes that wait in the server, over all its sockets. */
const waiting = () => [...world.app.websocketServer.clients].reduce((sum, client) => sum + client.bufferedAmount, 0)

t.test('a reader who pauses gets everything afterwards, in order, and costs no more than a few MiB', async (t) => {
  const { ann, bob } = await world.people()
  const writer = await ann.open(t)
  const reader = await bob.open(t, { after: 0 })
  await reader.wait(1)
  reader.socket.pause()
  const count = 80
  const text = largest(bob.id)
  let most = 0
  for (let sent = 0; sent < count; sent += 10) {
    for (let more = 0; more < 10; more++) writer.send(text)
    await writer.wait(sent + 10)
    most = Math.max(most, waiting())
  }
  t.ok(most > (KIB * KIB) / 2, `something waits: ${most} bytes`)
  t.ok(most < 4 * KIB * KIB, `but not much: ${most} bytes`)
  reader.socket.resume()
  await reader.wait(1 + count)
  t.same(seqs(reader.received), upTo(count))
})

t.test('a client that sends without reading is not read any further, and answered once it reads', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const count = 100
  const text = largest(bob.id)
  client.socket.pause()
  for (let sent = 0; sent < count; sent++) client.socket.send(text)
  let most = 0
  for (let look = 0; look < 20; look++) {
    await sleep(50)
    most = Math.max(most, waiting())
  }
  t.ok(most < 8 * KIB * KIB, `${most} bytes wait`)
  client.socket.resume()
  await client.wait(count)
  t.same(seqs(client.received), upTo(count))
})

t.test('neither is one that repeats what is stored already', async (t) => {
  const { ann, bob } = await world.people()
  const client = await ann.open(t)
  const id = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'
  const text = largest(bob.id, id)
  client.socket.send(text)
  await client.wait(1)
  client.socket.pause()
  const count = 80
  for (let sent = 0; sent < count; sent++) client.socket.send(text)
  let most = 0
  for (let look = 0; look < 30; look++) {
    await sleep(50)
    most = Math.max(most, waiting())
  }
  t.ok(most < 20 * KIB * KIB, `${most} bytes wait`)
  client.socket.resume()
  await client.wait(1 + count)
  t.same(new Set(seqs(client.received)), new Set([1]))
})

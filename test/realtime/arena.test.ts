import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { WebSocket } from 'ws'
import { Arena, frameArena } from '../../src/realtime/arena.ts'
import { Outlet } from '../../src/realtime/outlet.ts'

const KIB = 1_024
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

t.test('memory serves again when the last holder has let go, and no sooner', async (t) => {
  const arena = new Arena()
  arena.hold()
  const first = arena.allocate(KIB).fill(1)
  arena.hold()
  arena.release(false)
  const second = arena.allocate(KIB).fill(2)
  t.ok(first.every((byte) => byte === 1) && second.every((byte) => byte === 2))
  arena.release(false)
  const third = arena.allocate(2 * KIB).fill(3)
  t.ok(first[0] === 3 && second[0] === 3, 'the same memory')
  t.equal(third.length, 2 * KIB)
})

t.test('memory that somebody keeps is never given again', async (t) => {
  const arena = new Arena()
  arena.hold()
  arena.hold()
  const kept = arena.allocate(KIB).fill(1)
  arena.release(true)
  arena.release(false)
  for (let turn = 0; turn < 3; turn++) {
    arena.hold()
    arena.allocate(KIB).fill(2)
    arena.release(false)
  }
  t.ok(kept.every((byte) => byte === 1))
})

t.test('a turn may need any amount', async (t) => {
  const arena = new Arena()
  arena.hold()
  const sizes = [...Array.from({ length: 200 }, () => 60 * KIB), 0, 1, 64 * KIB, 65 * KIB, 3_000 * KIB]
  const buffers = sizes.map((size, index) => arena.allocate(size).fill(index))
  t.same(
    buffers.map(({ length }) => length),
    sizes,
  )
  t.ok(buffers.every((buffer, index) => buffer.every((byte) => byte === index % 256)))
  arena.release(false)
})

/** An outlet over a real connection, and its other end, which collects what it reads. */
async function openOutlet(t: Test): Promise<{ outlet: Outlet; socket: Socket; far: Socket; read: Buffer[] }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const far = connect(port, '127.0.0.1')
  const [socket] = await accepted
  const read: Buffer[] = []
  far.on('data', (data) => read.push(data))
  t.teardown(() => {
    far.destroy()
    socket.destroy()
    server.close()
  })
  const webSocket = { readyState: 1, OPEN: 1, on: () => undefined } as unknown as WebSocket
  return { outlet: new Outlet(webSocket, socket), socket, far, read }
}

t.test('what a slow reader has yet to take is not written over by the frames of others', async (t) => {
  const slow = await openOutlet(t)
  const fast = await openOutlet(t)
  slow.far.pause()
  const SIZE = 30 * KIB
  let sent = 0
  const write = (outlet: Outlet, byte: number) => outlet.write(frameArena.allocate(SIZE).fill(byte))
  while (slow.socket.writableLength === 0) {
    write(slow.outlet, ++sent % 200)
    await nextTurn()
  }
  for (let other = 0; other < 50; other++) {
    write(fast.outlet, 255)
    await nextTurn()
  }
  slow.far.resume()
  while (slow.read.reduce((sum, { length }) => sum + length, 0) < sent * SIZE) await nextTurn()
  const bytes = Buffer.concat(slow.read)
  const isIntact = (index: number) =>
    bytes.subarray(index * SIZE, (index + 1) * SIZE).every((byte) => byte === (index + 1) % 200)
  t.ok(Array.from({ length: sent }, (_, index) => index).every(isIntact), `${sent} frames`)
})

import { once } from 'node:events'
import { connect } from 'node:net'
import Fastify from 'fastify'
import t from 'tap'
import { errorsPlugin } from '../../src/http/errors.ts'
import { createListReplies } from '../../src/messages/reply.ts'

const MIB = 1_048_576

/** A server of two users whose answers are as long as they ask for. */
async function start(t: { teardown(handler: () => unknown): void }) {
  const app = Fastify()
  await app.register(errorsPlugin)
  const sendList = createListReplies()
  const gate = { isShut: false, open: () => {} }
  app.get<{ Params: { user: string; mib: number } }>('/:user/:mib', async (request, reply) => {
    if (gate.isShut) await new Promise<void>((resolve) => (gate.open = resolve))
    const { user, mib } = request.params
    return sendList({ user: { id: user } }, reply, Buffer.alloc(mib * MIB, 0x20))
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const port = Number(app.listeningOrigin.split(':').at(-1))
  /** Asks, and reads nothing of the answer but its first line. */
  const ask = async (path: string) => {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    return socket
  }
  const status = async (path: string) => {
    const socket = await ask(path)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    return { socket, status: Number(chunk.toString('latin1', 9, 12)) }
  }
  return { ask, status, gate }
}

t.test('who takes none of his answers is refused more, and nobody else is', async (t) => {
  const { status } = await start(t)
  const first = await status('/ann/30')
  t.equal(first.status, 200)
  t.equal((await status('/ann/8')).status, 503)
  t.equal((await status('/bob/8')).status, 200)
  // Once he has taken or dropped what he asked for, he may ask again.
  first.socket.destroy()
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if ((await status('/ann/8')).status === 200) break
  }
  t.equal((await status('/ann/8')).status, 200)
})

t.test('one answer always passes, however long it is', async (t) => {
  const { status } = await start(t)
  t.equal((await status('/ann/40')).status, 200)
})

t.test('what was asked by who has hung up meanwhile is forgotten', async (t) => {
  const { ask, status, gate } = await start(t)
  for (let times = 0; times < 3; times++) {
    gate.isShut = true
    const gone = await ask('/ann/20')
    await new Promise((resolve) => setTimeout(resolve, 100))
    gone.destroy()
    await once(gone, 'close')
    await new Promise((resolve) => setTimeout(resolve, 100))
    gate.isShut = false
    gate.open()
  }
  t.equal((await status('/ann/20')).status, 200)
})

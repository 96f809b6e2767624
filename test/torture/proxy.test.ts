import { once } from 'node:events'
import net from 'node:net'
import t, { type Test } from 'tap'
import { openLink } from './proxy.ts'
import { createRandom } from './random.ts'

const closing = (socket: net.Socket) => new Promise((resolve) => socket.once('close', resolve))
const random = createRandom(1)

/** An echo server behind a link. */
const setUp = async (t: Test) => {
  const server = net.createServer((socket) => void socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const link = await openLink({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port })
  t.teardown(async () => {
    await link.close()
    server.close()
  })
  const connect = async () => {
    const socket = net.connect(link.port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  const echo = async (socket: net.Socket, text: string) => {
    const since = performance.now()
    socket.write(text)
    const [answer] = await once(socket, 'data')
    return { answer: String(answer), ms: performance.now() - since }
  }
  return { link, connect, echo }
}

t.test('an undisturbed link passes everything on, in order', async (t) => {
  const { connect } = await setUp(t)
  const socket = await connect()
  const sent = Buffer.alloc(1_000_000, 'abcdefg')
  socket.end(sent)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  t.ok(Buffer.concat(chunks).equals(sent))
})

t.test('a delay and a blackhole hold bytes back, and lose none', async (t) => {
  const { link, connect, echo } = await setUp(t)
  const socket = await connect()
  await echo(socket, 'warm')
  link.disturb({ how: 'delay', ms: 1000, amount: 60 }, 1, random)
  t.ok((await echo(socket, 'one')).ms >= 100, 'once each way')
  link.heal()
  link.disturb({ how: 'blackhole', ms: 300, amount: 0 }, 1, random)
  const { answer, ms } = await echo(socket, 'two')
  t.equal(answer, 'two')
  t.ok(ms >= 250, `${ms} ms`)
})

t.test('a throttle slows down', async (t) => {
  const { link, connect, echo } = await setUp(t)
  const socket = await connect()
  link.disturb({ how: 'throttle', ms: 5000, amount: 10_000 }, 1, random)
  t.ok((await echo(socket, 'x'.repeat(1000))).ms >= 180, '1000 bytes each way at 10,000 a second')
})

t.test('a cut, a reset and a blackhole that ends badly close the connection; a slam every new one', async (t) => {
  const { link, connect, echo } = await setUp(t)
  for (const disturbance of [
    { how: 'cut' },
    { how: 'reset' },
    { how: 'blackhole', ms: 50, amount: 1 },
    { how: 'mute', ms: 50 },
    { how: 'slam', ms: 100 },
  ] as const) {
    const socket = await connect()
    await echo(socket, 'warm')
    const closed = closing(socket)
    link.disturb(disturbance, 1, random)
    await closed
  }
  const socket = await connect()
  await closing(socket)
  link.heal()
  t.equal((await echo(await connect(), 'again')).answer, 'again')
})

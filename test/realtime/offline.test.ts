import t from 'tap'
import { openWorld, type Person } from '../messages/world.ts'
import { type Client, type Received, seqs } from './client.ts'

const world = await openWorld(t)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function send(from: Person, to: Person, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, byte) => from.post({ receiver_id: to.id, payload: [byte] })))
}

/** Waits until the server has asked for a proof that everything up to `seq` has come. */
async function asked(client: Client, seq: number): Promise<void> {
  await new Promise<void>((resolve) => {
    client.socket.on('ping', (payload) => {
      if (payload.toString() === String(seq)) resolve()
    })
  })
}

/** Connects again and again until a plain socket gets nothing old: what it acknowledged has been saved. */
async function untilNothingWaits(t: Parameters<Person['open']>[0], who: Person, sender: Person): Promise<Received[]> {
  for (const deadline = Date.now() + 60_000; ; ) {
    const client = await who.open(t)
    await sender.post({ receiver_id: who.id, payload: [255] })
    const frames = await client.until((all) => all.some(({ payload }) => payload?.[0] === 255))
    await client.close()
    if (frames.length === 1 || Date.now() > deadline) return frames
  }
}

t.test('what came while nobody was there is delivered at the next connect, oldest first, then live', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 20)
  const client = await bob.open(t)
  await client.wait(20)
  await send(ann, bob, 1)
  await client.wait(21)
  t.same(seqs(client.received), upTo(21))
  await client.close()
  t.match(await untilNothingWaits(t, bob, ann), [{ payload: [255] }], 'what was acknowledged does not come again')
})

t.test('a long mailbox is delivered whole', async (t) => {
  const { ann, bob } = await world.people()
  const writer = await ann.open(t)
  const count = 1_200
  for (let place = 0; place < count; place++) writer.send({ receiver_id: bob.id, payload: [place % 256] })
  await writer.wait(count)
  const reader = await bob.open(t)
  await reader.wait(count)
  t.same(seqs(reader.received), upTo(count))
})

t.test('what the user himself sent does not wait for him', async (t) => {
  const { ann, bob } = await world.people()
  await send(bob, ann, 2)
  await send(ann, bob, 1)
  const client = await bob.open(t)
  await client.wait(1)
  await send(bob, ann, 1)
  t.match(await client.wait(2), [
    { sender_id: ann.id, seq: 3 },
    { sender_id: bob.id, seq: 4 },
  ])
})

t.test('a note to self that no socket has seen waits like what others sent', async (t) => {
  const { ann } = await world.people()
  await send(ann, ann, 2)
  const client = await ann.open(t)
  t.match(await client.wait(2), [{ seq: 1 }, { seq: 2 }])
})

t.test('a client that answers no ping gets everything again, under the same ids', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 5)
  const deaf = await bob.open(t, { autoPong: false })
  await Promise.all([asked(deaf, 5), deaf.wait(5)])
  await deaf.close()
  const again = await bob.open(t)
  t.strictSame(await again.wait(5), deaf.received)
})

t.test('a client that acknowledges only a part gets the rest again', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 2)
  const client = await bob.open(t, { autoPong: false })
  await Promise.all([asked(client, 2), client.wait(2)])
  client.socket.pong('2')
  await send(ann, bob, 2)
  await client.wait(4)
  await client.close()
  for (const deadline = Date.now() + 60_000; ; ) {
    const again = await bob.open(t, { autoPong: false })
    await again.until((frames) => frames.some(({ seq }) => seq === 4))
    await again.close()
    if (again.received.length === 2 || Date.now() > deadline) {
      t.same(seqs(again.received), [3, 4])
      break
    }
  }
})

t.test('a pong with a number that was never written proves nothing', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 3)
  const liar = await bob.open(t, { autoPong: false })
  await Promise.all([asked(liar, 3), liar.wait(3)])
  for (const seq of ['4', '1', '', '999999', 'x']) liar.socket.pong(seq)
  // A frame behind the pongs is answered: they have been read.
  liar.send('nonsense')
  await liar.wait(4)
  await liar.close()
  t.same(seqs(await (await bob.open(t)).wait(3)), [1, 2, 3])
})

t.test('a client that does not resume never sees a frame with a type', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 3)
  const client = await bob.open(t)
  await client.wait(3)
  await send(ann, bob, 1)
  await send(bob, ann, 1)
  t.same(
    (await client.wait(5)).filter((frame) => 'type' in frame),
    [],
  )
})

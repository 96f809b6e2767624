import t from 'tap'
import { openWorld, type Person } from '../messages/world.ts'
import { type Received, seqs } from './client.ts'

const world = await openWorld(t)
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)
const isCaughtUp = (frames: Received[]) => frames.some(({ type }) => type === 'caught_up')

async function send(sender: Person, to: Person, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, byte) => sender.post({ receiver_id: to.id, payload: [byte % 256] })),
  )
}

t.test('everything after the number comes, sent and received, then caught_up, then what is live', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 3)
  await send(bob, ann, 2)
  const client = await bob.open(t, { after: 1 })
  await client.wait(5)
  await send(bob, ann, 1)
  await send(ann, bob, 1)
  t.match(await client.wait(7), [
    { seq: 2, sender_id: ann.id },
    { seq: 3, sender_id: ann.id },
    { seq: 4, sender_id: bob.id },
    { seq: 5, sender_id: bob.id },
    { type: 'caught_up', seq: 5 },
    { seq: 6, sender_id: bob.id },
    { seq: 7, sender_id: ann.id },
  ])
  t.strictSame(client.received[4], { type: 'caught_up', seq: 5 })
})

t.test('with everything, and with nothing at all, it is caught up at once', async (t) => {
  const { ann, bob } = await world.people()
  t.strictSame(await (await ann.open(t, { after: 0 })).wait(1), [{ type: 'caught_up', seq: 0 }])
  await send(ann, bob, 2)
  const client = await ann.open(t, { after: 2 })
  t.strictSame(await client.wait(1), [{ type: 'caught_up', seq: 2 }])
})

t.test('a number beyond the mailbox is told where that ends, first', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 2)
  for (const after of [3, Number.MAX_SAFE_INTEGER]) {
    const client = await bob.open(t, { after })
    await client.wait(2)
    t.strictSame(client.received, [
      { type: 'reset', seq: 2 },
      { type: 'caught_up', seq: 2 },
    ])
  }
  const client = await bob.open(t, { after: 9 })
  await client.wait(2)
  await send(ann, bob, 1)
  t.match((await client.wait(3))[2], { seq: 3 })
})

t.test('what was acknowledged comes again to whoever asks for it', async (t) => {
  const { ann, bob } = await world.people()
  await send(ann, bob, 4)
  const first = await bob.open(t)
  await first.wait(4)
  const again = await bob.open(t, { after: 0 })
  t.strictSame((await again.wait(5)).slice(0, 4), first.received)
})

t.test('while others write, every resume gets each number once and in order', async (t) => {
  const { ann, bob, eve } = await world.people()
  const writers = [await ann.open(t), await eve.open(t)]
  const each = 200
  for (const writer of writers) {
    for (let place = 0; place < each; place++) writer.send({ receiver_id: bob.id, payload: [place % 256] })
  }
  const afters = [0, 0, 1, 5, 20, 50]
  const readers = await Promise.all(afters.map((after) => bob.open(t, { after })))
  const plain = await bob.open(t)
  await Promise.all(writers.map((writer) => writer.wait(each)))
  for (const [index, reader] of readers.entries()) {
    const after = afters[index] ?? 0
    await reader.until((frames) => isCaughtUp(frames) && frames.some(({ seq }) => seq === 2 * each))
    const frames = reader.received.filter(({ type }) => type !== 'reset')
    const isReset = reader.received.length > frames.length
    const seen = seqs(frames)
    const first = isReset ? (seen[0] ?? 0) : after + 1
    t.same(seen, from(first, 2 * each), `after ${after}`)
    const before = seqs(
      frames.slice(
        0,
        frames.findIndex(({ type }) => type === 'caught_up'),
      ),
    )
    const caughtUp = frames.find(({ type }) => type === 'caught_up')?.seq
    if (before.length > 0) t.equal(caughtUp, before.at(-1))
    t.equal(reader.received.filter(({ type }) => type === 'caught_up').length, 1)
  }
  await send(ann, bob, 1)
  await plain.until((frames) => frames.some(({ seq }) => seq === 2 * each + 1))
  const seen = seqs(plain.received)
  t.same(seen, from(seen[0] ?? 0, 2 * each + 1), 'a plain client gets what nobody had acknowledged, without a gap')
})

t.test('the answer to a repeated id comes in its place', async (t) => {
  const { ann, bob } = await world.people()
  const id = '0198f3a2-7c1e-4b60-9a51-3d1f0c5e8a42'
  await send(ann, bob, 300)
  const message = { id, receiver_id: bob.id, payload: [7] }
  await ann.post(message)
  await send(ann, bob, 300)
  const client = await ann.open(t, { after: 0 })
  client.send(message)
  await client.until((frames) => isCaughtUp(frames) && seqs(frames).includes(601))
  client.send({ receiver_id: bob.id, payload: [8] })
  await client.until((frames) => seqs(frames).includes(602))
  const seen = seqs(client.received)
  const repeats = client.received.filter((frame) => frame.id === id).length
  t.ok(repeats === 1 || repeats === 2)
  t.same([...new Set(seen)], from(1, 602), 'a number that comes early would be a gap for who counts by the highest')
})

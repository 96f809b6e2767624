import t from 'tap'
import { Acknowledgement, PONG_DEADLINE } from '../../src/realtime/acknowledgement.ts'
import type { Outlet } from '../../src/realtime/outlet.ts'

/** An acknowledgement whose pings and proofs are written down. */
function start() {
  const pings: number[] = []
  const proven: number[] = []
  const schedule = () => void Promise.resolve().then(() => acknowledgement.beforeFlush())
  const outlet = { ping: (seq: number) => pings.push(seq), schedule } as unknown as Outlet
  const acknowledgement = new Acknowledgement(outlet, (seq) => proven.push(seq))
  const pong = (payload: string | number) => acknowledgement.receive(Buffer.from(String(payload)))
  /** Writes up to a number, and lets the turn end. */
  const write = async (...seqs: number[]) => {
    for (const seq of seqs) acknowledgement.request(seq)
    await Promise.resolve()
  }
  return { acknowledgement, pings, proven, pong, write }
}

t.test('a ping carries the last number written, and its pong proves it', async (t) => {
  const { pings, proven, pong, write } = start()
  await write(7)
  t.same(pings, [7])
  pong(7)
  t.same(proven, [7])
  pong(7)
  t.same(proven, [7], 'a second pong proves nothing new')
})

t.test('a pong that nobody asked for proves nothing', async (t) => {
  const { pings, proven, pong, write } = start()
  pong(5)
  await write(3)
  for (const forged of ['', '2', '4', '03', '3 ', '9007199254740993', 'x', '-3']) pong(forged)
  t.same(proven, [])
  pong(3)
  t.same(proven, [3])
  t.same(pings, [3])
})

t.test('one ping is under way at a time; what comes meanwhile is asked for with the pong', async (t) => {
  const { pings, proven, pong, write } = start()
  await write(1, 2, 3)
  t.same(pings, [3], 'the messages of one turn share a ping')
  await write(4)
  await write(5)
  t.same(pings, [3])
  pong(3)
  t.same(pings, [3, 5])
  pong(5)
  t.same(proven, [3, 5])
})

t.test('nothing is asked twice, and an idle connection is asked whether it is there', async (t) => {
  const { acknowledgement, pings, proven, pong, write } = start()
  await write(4)
  pong(4)
  await write(4)
  t.same(pings, [4])
  const now = performance.now()
  acknowledgement.keepAlive(now)
  t.same(pings, [4])
  acknowledgement.keepAlive(now + 21_000)
  t.same(pings, [4, 4])
  pong(4)
  t.same(proven, [4])
})

t.test('a client is overdue when its pong is', async (t) => {
  const { acknowledgement, pong, write } = start()
  const now = performance.now()
  t.notOk(acknowledgement.isOverdue(now + 10 * PONG_DEADLINE), 'nothing was asked')
  await write(1)
  t.notOk(acknowledgement.isOverdue(performance.now() + PONG_DEADLINE - 1_000))
  t.ok(acknowledgement.isOverdue(performance.now() + PONG_DEADLINE + 1))
  pong(1)
  t.notOk(acknowledgement.isOverdue(performance.now() + 10 * PONG_DEADLINE))
})

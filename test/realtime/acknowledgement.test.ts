import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Acknowledgement, PONG_DEADLINE } from '../../src/realtime/acknowledgement.ts'
import type { Outlet } from '../../src/realtime/outlet.ts'

/** An acknowledgement whose pings and proofs are written down. */
function start(t: Test) {
  const pings: number[] = []
  const proven: number[] = []
  const outlet = { ping: (seq: number) => pings.push(seq) } as unknown as Outlet
  const acknowledgement = new Acknowledgement(outlet, (seq) => proven.push(seq))
  t.teardown(() => acknowledgement.close())
  const pong = (payload: string | number) => acknowledgement.receive(Buffer.from(String(payload)))
  const until = async (count: number) => {
    for (const deadline = Date.now() + 5_000; pings.length < count && Date.now() < deadline; ) await sleep(5)
    return pings
  }
  return { acknowledgement, pings, proven, pong, until }
}

t.test('a ping carries the last number written, and its pong proves it', async (t) => {
  const { acknowledgement, pings, proven, pong } = start(t)
  acknowledgement.request(7)
  t.same(pings, [7])
  pong(7)
  t.same(proven, [7])
  pong(7)
  t.same(proven, [7], 'a second pong proves nothing new')
})

t.test('a pong that nobody asked for proves nothing', async (t) => {
  const { acknowledgement, pings, proven, pong } = start(t)
  pong(5)
  acknowledgement.request(3)
  for (const forged of ['', '2', '4', '03', '3 ', '9007199254740993', 'x', '-3']) pong(forged)
  t.same(proven, [])
  pong(3)
  t.same(proven, [3])
  t.same(pings, [3])
})

t.test('one ping is under way at a time; what comes meanwhile shares the next', async (t) => {
  const { acknowledgement, pings, proven, pong, until } = start(t)
  acknowledgement.requestSoon(1)
  for (let seq = 2; seq <= 50; seq++) acknowledgement.requestSoon(seq)
  t.same(pings, [1])
  pong(1)
  t.same(await until(2), [1, 50])
  pong(50)
  t.same(proven, [1, 50])
})

t.test('a live message after a rest asks at once', async (t) => {
  const { acknowledgement, pings, pong, until } = start(t)
  acknowledgement.requestSoon(1)
  t.same(pings, [1])
  pong(1)
  acknowledgement.requestSoon(2)
  t.same(await until(2), [1, 2])
})

t.test('nothing is asked twice, and an idle connection is asked whether it is there', async (t) => {
  const { acknowledgement, pings, proven, pong } = start(t)
  acknowledgement.request(4)
  pong(4)
  acknowledgement.request(4)
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
  const { acknowledgement, pong } = start(t)
  const now = performance.now()
  t.notOk(acknowledgement.isOverdue(now + 10 * PONG_DEADLINE), 'nothing was asked')
  acknowledgement.request(1)
  t.notOk(acknowledgement.isOverdue(performance.now() + PONG_DEADLINE - 1_000))
  t.ok(acknowledgement.isOverdue(performance.now() + PONG_DEADLINE + 1))
  pong(1)
  t.notOk(acknowledgement.isOverdue(performance.now() + 10 * PONG_DEADLINE))
})

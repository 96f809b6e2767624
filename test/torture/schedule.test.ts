import t from 'tap'
import { createSchedule, faultKinds } from './schedule.ts'

const MINUTE = 60_000

t.test('a seed is a scenario: the same one every time, another one for another seed', async (t) => {
  t.same(createSchedule(7, MINUTE), createSchedule(7, MINUTE))
  t.notSame(createSchedule(7, MINUTE), createSchedule(8, MINUTE))
})

t.test('the first faults of seed 1 are the same on every machine and for ever', async (t) => {
  t.same(createSchedule(1, 30_000).slice(0, 3), [
    { at: 1667, fault: 'clients.blackhole', ms: 2143, share: 0.35, amount: 0 },
    { at: 4807, fault: 'database.immediate', ms: 886, share: 1, amount: 0 },
    { at: 8937, fault: 'database.freeze', ms: 2474, share: 1, amount: 0 },
  ])
})

t.test('ten minutes hold more than thirty faults of every kind, in order, and end in peace', async (t) => {
  for (const seed of [1, 2, 3]) {
    const faults = createSchedule(seed, 10 * MINUTE)
    t.ok(faults.length >= 30)
    t.same(new Set(faults.map(({ fault }) => fault)), new Set(faultKinds))
    const times = faults.map(({ at }) => at)
    t.same(
      times,
      [...times].sort((left, right) => left - right),
    )
    t.ok(times.every((at) => at < 9 * MINUTE))
  }
})

t.test('half a minute holds at least six faults', async (t) => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const { length } = createSchedule(seed, 30_000)
    t.ok(length >= 6 && length <= 14, `${length} with seed ${seed}`)
  }
})

t.test('the killer kills the server every 5 s and the database every 15 s', async (t) => {
  const faults = createSchedule(1, 2 * MINUTE, 'killer')
  t.equal(faults.filter(({ fault }) => fault === 'server.kill').length, 23)
  t.equal(faults.filter(({ fault }) => fault === 'database.kill').length, 7)
})

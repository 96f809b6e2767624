import t from 'tap'
import { percentile, quantiles, Samples, spread } from '../../bench/stats.ts'

t.test('a percentile is the nearest rank', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  t.equal(percentile(hundred, 0.5), 50)
  t.equal(percentile(hundred, 0.99), 99)
  t.equal(percentile(hundred, 1), 100)
  t.equal(percentile([7], 0.001), 7)
  t.ok(Number.isNaN(percentile([], 0.5)))
})

t.test('a spread has the middle and both ends', async (t) => {
  t.same(spread([3, 1, 2]), { median: 2, min: 1, max: 3, runs: 3 })
  t.same(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4, runs: 4 })
})

t.test('samples grow and come back in order', async (t) => {
  const samples = new Samples()
  for (let i = 10_000; i > 0; i--) samples.push(i)
  t.equal(samples.length, 10_000)
  t.equal(samples.sorted()[0], 1)
  t.same(quantiles(samples), { p50: 5000, p99: 9900, p999: 9990 })
})

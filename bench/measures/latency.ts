import { alternate, type Bench, type Measure } from '../context.ts'
import { figure } from '../results.ts'
import { closedRound, latencyRound, openPairs } from '../rig.ts'

const PAIRS = 50

const ofSize = (size: number, name: string): Measure => ({
  name: `latency-${size}`,
  title: `Latency at ${name} from the scheduled time, open loop at 80 % of the baseline's own maximum`,
  run: async (bench: Bench) => {
    const rig = await openPairs(bench, { pairs: PAIRS, size, slots: 16 })
    // The first round only warms up.
    if (!bench.quick) await closedRound(bench, rig, 'baseline', 8)
    let rate = 0
    const { baseline, messenger } = await alternate(bench, bench.quick ? 2 : 9, async (system) => {
      // Anew each round: a rate that is 80 % of the maximum now is past it when the machine slows down.
      if (system === 'baseline') {
        const maximum = await closedRound(bench, rig, system, 8)
        rate = Math.round(maximum.rate * 0.8)
      }
      // What the last round wrote would be written out during this one.
      await bench.cluster.settle()
      return { rate, ...(await latencyRound(bench, rig, system, rate)) }
    })
    await rig.close()
    const at = `${Math.round(baseline.rate.median)} msg/s of ${name}`
    const entry = (percentile: 'p50' | 'p99' | 'p999', label: string, target?: number) =>
      figure({
        ...{ id: `latency-${size}/${percentile}`, label: `Latency at ${at}, ${label}`, unit: 'ms' },
        ...{ better: 'lower', value: messenger[percentile], ...(target !== undefined && { target }) },
        against: { name: 'baseline', value: baseline[percentile] },
      })
    return [entry('p50', 'p50'), entry('p99', 'p99', 3), entry('p999', 'p99.9')]
  },
})

/** Latency under the same load for both. */
export const latency: Measure[] = [ofSize(64, '64 B'), ofSize(1024, '1 KiB')]

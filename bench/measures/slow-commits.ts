import { alternate, type Bench, type Measure } from '../context.ts'
import { exactly, figure } from '../results.ts'
import { closedRound, loneRound, openPairs } from '../rig.ts'
import { closedLoopFigures } from './throughput.ts'

/** As on a slow disk: PostgreSQL waits 3 ms before each flush (`commit_delay = 3000, commit_siblings = 0`). */
export const slowCommits: Measure = {
  name: 'slow-commits',
  title: 'Commits made 3 ms slower: throughput at 64 B, and a lone message',
  run: async (bench: Bench) => {
    const rig = await openPairs(bench, { pairs: 50, size: 64, slots: 16 })
    const single = await openPairs(bench, { pairs: 1, size: 64, slots: 16 })
    await bench.cluster.slowCommits(true)
    const rounds = await alternate(bench, bench.quick ? 1 : 3, (system) => closedRound(bench, rig, system, 8))
    const alone = await alternate(bench, bench.quick ? 1 : 3, (system) => loneRound(bench, single, system))
    await bench.cluster.slowCommits(false)
    await rig.close()
    await single.close()
    return [
      ...closedLoopFigures('slow-commits', 'Commits 3 ms slower, 64 B', rounds, { rate: 4 }),
      figure({
        ...{ id: 'slow-commits/lone', label: 'Commits 3 ms slower, a lone message, p50', unit: 'ms', better: 'lower' },
        ...{ value: alone.messenger.p50, against: { name: 'at most', value: exactly(10) }, target: 1 },
      }),
    ]
  },
}

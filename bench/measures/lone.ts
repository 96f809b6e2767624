import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, besideEachOther, type Measure } from '../context.ts'
import { figure } from '../results.ts'
import { LONE_GAP, loneRound, openPairs } from '../rig.ts'

/** A single message on an idle server, from the sender's write to the receiver's read. */
export const lone: Measure = {
  name: 'lone',
  title: 'A lone message: nothing else under way',
  run: async (bench: Bench) => {
    const rig = await openPairs(bench, { pairs: 1, size: 64, slots: 16 })
    await sleep(500)
    // The one's messages go out halfway between the other's. Round by round, one and the same code lay 15 % apart.
    const { baseline, messenger } = await besideEachOther(bench, bench.quick ? 2 : 11, async (system) => {
      if (system === 'messenger') await sleep(LONE_GAP / 2)
      return loneRound(bench, rig, system)
    })
    await rig.close()
    const entry = (name: 'p50' | 'p99', target?: number) =>
      figure({
        ...{ id: `lone/${name}`, label: `A lone message of 64 B, ${name}`, unit: 'ms', better: 'lower' },
        ...{ value: messenger[name], against: { name: 'baseline', value: baseline[name] } },
        ...(target !== undefined && { target }),
      })
    return [entry('p50', 1), entry('p99')]
  },
}

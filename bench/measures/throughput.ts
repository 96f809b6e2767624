import { alternate, type Bench, type Figure, type Measure, type Rounds } from '../context.ts'
import { figure } from '../results.ts'
import { closedRound, openPairs } from '../rig.ts'
import type { System } from '../server.ts'

/** How many times the baseline's messages a second, and how many times fewer CPU microseconds a message. */
interface Targets {
  rate?: number
  server?: number
  postgres?: number
}

/** Turns the rounds of a closed loop into figures. */
export const closedLoopFigures = (
  id: string,
  label: string,
  rounds: Rounds<{ rate: number; serverUs: number; postgresUs: number; generator: number }>,
  targets: Targets,
): Figure[] => {
  const busy = (system: System) => rounds[system].generator.median > 0.6
  const note = busy('messenger') || busy('baseline') ? 'the load generator used more than 60 % of a core' : undefined
  const against = (name: 'rate' | 'serverUs' | 'postgresUs') => ({ name: 'baseline', value: rounds.baseline[name] })
  const target = (value: number | undefined) => (value === undefined ? {} : { target: value })
  return [
    figure({
      ...{ id: `${id}/rate`, label: `${label}: messages a second`, unit: 'msg/s', better: 'higher', note },
      ...{ value: rounds.messenger.rate, against: against('rate'), ...target(targets.rate) },
    }),
    figure({
      ...{ id: `${id}/server-cpu`, label: `${label}: server CPU a message`, unit: 'us', better: 'lower' },
      ...{ value: rounds.messenger.serverUs, against: against('serverUs'), ...target(targets.server) },
    }),
    figure({
      ...{ id: `${id}/postgres-cpu`, label: `${label}: PostgreSQL CPU a message`, unit: 'us', better: 'lower' },
      ...{ value: rounds.messenger.postgresUs, against: against('postgresUs'), ...target(targets.postgres) },
    }),
  ]
}

const ofSize = (size: number, name: string, targets: Targets): Measure => ({
  name: `throughput-${size}`,
  title: `Socket throughput at ${name}: 50 pairs, 8 messages under way each`,
  run: async (bench: Bench) => {
    const rig = await openPairs(bench, { pairs: 50, size, slots: 8 })
    const rounds = await alternate(bench, bench.quick ? 2 : 5, (system) => closedRound(bench, rig, system, 8))
    await rig.close()
    return closedLoopFigures(`throughput-${size}`, `Socket, ${name}`, rounds, targets)
  },
})

/** Stored, acknowledged and delivered messages a second at three payload sizes. */
export const throughput: Measure[] = [
  ofSize(64, '64 B', { rate: 2.5, postgres: 2 }),
  ofSize(1024, '1 KiB', { rate: 3, server: 3 }),
  ofSize(16_384, '16 KiB', { rate: 3 }),
]

import type { Bench } from './context.ts'
import { createGenerator, type Generator, type RunResult, type Stretch } from './generator.ts'
import { createPeople, type Person } from './people.ts'
import { type Server, type System, systems } from './server.ts'
import { quantiles } from './stats.ts'

/** Pairs of connected users on both servers. */
export interface Rig {
  readonly generators: Record<System, Generator>
  disconnect(): void
  /** Checks that the database holds every acknowledged message once, and disconnects. */
  close(): Promise<void>
  /** Keeps a run's count of acknowledged messages for the check. */
  count(system: System, result: RunResult): void
}

const storedBy = async ({ sql }: Server, people: readonly Person[]): Promise<number> => {
  const ids = people.map(({ id }) => id)
  const [row] = await sql<
    { n: number }[]
  >`select count(*)::int as n from messages where sender_id = any(${ids}::uuid[])`
  return row?.n ?? 0
}

/** Makes new users in both servers' databases and connects them. */
export const openPairs = async (
  { servers }: Bench,
  { pairs, size, slots }: { pairs: number; size: number; slots: number },
): Promise<Rig> => {
  const acked: Record<System, number> = { baseline: 0, messenger: 0 }
  const open = async (system: System) => {
    const people = await createPeople(servers[system], pairs * 2)
    return { people, generator: await createGenerator({ url: servers[system].url, size, slots }, people) }
  }
  const sides = { baseline: await open('baseline'), messenger: await open('messenger') }
  const disconnect = (): void => {
    for (const system of systems) sides[system].generator.close()
  }
  return {
    disconnect,
    generators: { baseline: sides.baseline.generator, messenger: sides.messenger.generator },
    count: (system, { tally }) => {
      if (tally.errors > 0) throw new Error(`${system} refused ${tally.errors} messages: ${tally.firstError}`)
      // A round without them would leave out the latest messages of all.
      if (tally.passedOn > 0)
        throw new Error(`${system} did not store ${tally.passedOn} messages: its database did not answer for a second`)
      acked[system] += tally.acked
    },
    close: async () => {
      disconnect()
      for (const system of systems) {
        const stored = await storedBy(servers[system], sides[system].people)
        if (stored !== acked[system])
          throw new Error(`${system} stored ${stored} messages, acknowledged ${acked[system]}`)
      }
    },
  }
}

/** CPU of a server and of PostgreSQL over a stretch, in milliseconds. */
export const watchCpu = ({ cluster, servers }: Bench, system: System) => {
  const read = () => ({ server: servers[system].cpuMs(), postgres: cluster.cpuMs() })
  let start = read()
  let end = start
  return {
    onEdge: (edge: 'start' | 'end'): void => {
      if (edge === 'start') start = read()
      else end = read()
    },
    /** Microseconds for each of `count` messages. */
    perMessage: (count: number) => ({
      serverUs: ((end.server - start.server) * 1000) / count,
      postgresUs: ((end.postgres - start.postgres) * 1000) / count,
    }),
  }
}

/** How long a round of load is. */
export const stretchOf = ({ quick }: Bench): Stretch =>
  quick ? { warmUp: 0.4, duration: 1.1 } : { warmUp: 2, duration: 5 }

/** One round of closed-loop load on one server. */
export const closedRound = async (bench: Bench, rig: Rig, system: System, window: number) => {
  const cpu = watchCpu(bench, system)
  const result = await rig.generators[system].closedLoop(window, { ...stretchOf(bench), onEdge: cpu.onEdge })
  rig.count(system, result)
  const { delivered, acked } = result.tally
  if (delivered !== acked) throw new Error(`${system} acknowledged ${acked} messages and delivered ${delivered}`)
  return { rate: result.rate, ...cpu.perMessage(result.tally.measuredAcked), generator: result.generatorCpu }
}

/** One round of open-loop load on one server. */
export const latencyRound = async (bench: Bench, rig: Rig, system: System, rate: number) => {
  const result = await rig.generators[system].openLoop(rate, stretchOf(bench))
  rig.count(system, result)
  return { ...quantiles(result.tally.latency), generator: result.generatorCpu }
}

/** Milliseconds from one lone message to the next: it never meets the last one, even where commits are slow. */
export const LONE_GAP = 20

/** One message after another, each on an idle server. */
export const loneRound = async (bench: Bench, rig: Rig, system: System) => {
  const result = await rig.generators[system].openLoop(1000 / LONE_GAP, { ...stretchOf(bench), exact: true })
  rig.count(system, result)
  const { p50, p99 } = quantiles(result.tally.latency)
  return { p50, p99 }
}

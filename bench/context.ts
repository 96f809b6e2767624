import type { Cluster } from './postgres.ts'
import type { Results } from './results.ts'
import { type Server, type System, systems } from './server.ts'
import { type Spread, spread } from './stats.ts'

/** What every measurement has at hand. */
export interface Bench {
  readonly quick: boolean
  readonly cluster: Cluster
  /** Both servers, running all the time: the one that is not under load costs nothing. */
  readonly servers: Readonly<Record<System, Server>>
  /** Starts one more of a kind, on a database that exists. */
  start(system: System): Promise<Server>
  /** Says what is going on. */
  progress(text: string): void
}

/** A figure of the report. */
export type Figure = Results['figures'][number]

/** One measurement, by the name that `--only` takes. */
export interface Measure {
  readonly name: string
  readonly title: string
  run(bench: Bench): Promise<Figure[]>
}

/** Values by name, as one round of one server yields them. */
export type Round = Record<string, number>

/** The rounds of both servers. */
export type Rounds<R extends Round> = Record<System, { [K in keyof R]: Spread }>

const collect = <R extends Round>(rounds: readonly R[]): { [K in keyof R]: Spread } => {
  const names = Object.keys(rounds[0] ?? {}) as (keyof R)[]
  return Object.fromEntries(names.map((name) => [name, spread(rounds.map((round) => round[name] ?? Number.NaN))])) as {
    [K in keyof R]: Spread
  }
}

const inRounds = async <R extends Round>(
  { cluster, progress }: Bench,
  count: number,
  measureBoth: (record: (system: System, values: R) => void, round: number) => Promise<void>,
): Promise<Rounds<R>> => {
  const rounds: Record<System, R[]> = { baseline: [], messenger: [] }
  for (let round = 0; round < count; round++) {
    await cluster.settle()
    await measureBoth((system, values) => {
      rounds[system].push(values)
      const text = Object.entries(values).map(([name, value]) => `${name} ${shown(value)}`)
      progress(`  ${round + 1}/${count} ${system.padEnd(9)} ${text.join('  ')}`)
    }, round)
  }
  return { baseline: collect(rounds.baseline), messenger: collect(rounds.messenger) }
}

/**
 * Measures in turns (baseline, messenger, baseline, ...), so that whatever else the machine does hits both.
 * @param count rounds of each
 */
export const alternate = <R extends Round>(
  bench: Bench,
  count: number,
  measure: (system: System, round: number) => Promise<R>,
): Promise<Rounds<R>> =>
  inRounds(bench, count, async (record, round) => {
    record('baseline', await measure('baseline', round))
    await bench.cluster.settle()
    record('messenger', await measure('messenger', round))
  })

/**
 * Measures both at once, where neither is in the other's way: a machine that is slower for a while is so for both.
 * @param count rounds
 */
export const besideEachOther = <R extends Round>(
  bench: Bench,
  count: number,
  measure: (system: System) => Promise<R>,
): Promise<Rounds<R>> =>
  inRounds(bench, count, async (record) => {
    await Promise.all(systems.map(async (system) => record(system, await measure(system))))
  })

/** A number with three significant digits, or whole. */
export const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

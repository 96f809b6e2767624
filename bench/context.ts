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

/**
 * Measures in turns (baseline, messenger, baseline, ...), so that whatever else the machine does hits both.
 * @param count rounds of each
 */
export const alternate = async <R extends Round>(
  { cluster, progress }: Bench,
  count: number,
  measure: (system: System, round: number) => Promise<R>,
): Promise<Rounds<R>> => {
  const rounds: Record<System, R[]> = { baseline: [], messenger: [] }
  for (let round = 0; round < count; round++)
    for (const system of systems) {
      await cluster.settle()
      const values = await measure(system, round)
      rounds[system].push(values)
      progress(`  ${round + 1}/${count} ${system.padEnd(9)} ${describe(values)}`)
    }
  return { baseline: collect(rounds.baseline), messenger: collect(rounds.messenger) }
}

/**
 * Measures both at once, where neither is in the other's way: a machine that is slower for a while is so for both.
 * @param count rounds
 */
export const besideEachOther = async <R extends Round>(
  { cluster, progress }: Bench,
  count: number,
  measure: (system: System) => Promise<R>,
): Promise<Rounds<R>> => {
  const rounds: Record<System, R[]> = { baseline: [], messenger: [] }
  for (let round = 0; round < count; round++) {
    await cluster.settle()
    const values = await Promise.all(systems.map(measure))
    for (const [place, system] of systems.entries()) {
      const own = values[place] as R
      rounds[system].push(own)
      progress(`  ${round + 1}/${count} ${system.padEnd(9)} ${describe(own)}`)
    }
  }
  return { baseline: collect(rounds.baseline), messenger: collect(rounds.messenger) }
}

const describe = (values: Round): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join('  ')

/** A number with three significant digits, or whole. */
export const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

import type { Spread } from './stats.ts'

/** What a value is compared with: the baseline, another value of ours, or a limit. */
export interface Against {
  readonly name: string
  readonly value: Spread
}

/** The content of `bench/results.json`. */
export interface Results {
  readonly date: string
  readonly quick: boolean
  readonly machine: Readonly<Record<'cpu' | 'cores' | 'memory' | 'node' | 'postgres' | 'commit', string>>
  readonly figures: readonly {
    /** The measurement and the value, `throughput-64/rate`. */
    readonly id: string
    readonly label: string
    readonly unit: string
    readonly better: 'higher' | 'lower'
    readonly value: Spread
    readonly against?: Against
    /** How many times better than what it is compared with: above 1 is better, whichever way the unit points. */
    readonly ratio?: number
    /** The ratio that we want at least. */
    readonly target?: number
    /** What the reader must know, such as a load generator that was at its own limit. */
    readonly note?: string
  }[]
}

type Figure = Results['figures'][number]

/** A figure with its ratio worked out. */
export const figure = (
  parts: Pick<Figure, 'id' | 'label' | 'unit' | 'better' | 'value'> & {
    against?: Against
    target?: number
    note?: string | undefined
  },
): Figure => {
  const { against, note, ...rest } = parts
  const named = { ...rest, ...(note !== undefined && { note }) }
  if (against === undefined) return named
  const [ours, theirs] = [parts.value.median, against.value.median]
  return { ...named, against, ratio: parts.better === 'higher' ? ours / theirs : theirs / ours }
}

/** A fixed number where a measured one is expected. */
export const exactly = (value: number): Spread => ({ median: value, min: value, max: value, runs: 1 })

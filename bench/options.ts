import { parseArgs } from 'node:util'

/** What was asked for on the command line. */
export interface BenchOptions {
  readonly quick: boolean
  /** Names of measurements; none means all. */
  readonly only: readonly string[]
  /** Don't write results.json and results.svg. */
  readonly dry: boolean
}

/** What `--help` prints. */
export const benchHelp = (names: readonly string[]): string => `npm run bench -- [options]

Measures the server beside the specification's straightforward way, in turns, on a private PostgreSQL with full
durability. Prints a table and writes bench/results.json and bench/results.svg. Takes about half an hour.

  --quick          less than 2 minutes, rougher
  --only <name>    one measurement (may be repeated); writes nothing
  --dry            writes nothing
  --help           this text

Measurements: ${names.join(', ')}`

/** A mistake on a command line, worth one line. */
export class UsageError extends Error {}

/**
 * Reads the command line of `npm run bench`.
 * @returns 'help' where that was asked for
 * @throws {UsageError}
 */
export const parseBenchOptions = (args: readonly string[], names: readonly string[]): BenchOptions | 'help' => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        dry: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return 'help'
    const unknown = values.only.find((name) => !names.some((known) => known.startsWith(name)))
    if (unknown !== undefined)
      throw new UsageError(`no measurement is called ${unknown}; there are ${names.join(', ')}`)
    return { quick: values.quick, only: values.only, dry: values.dry || values.only.length > 0 }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

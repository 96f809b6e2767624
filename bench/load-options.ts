import { parseArgs } from 'node:util'
import { UsageError } from './options.ts'
import { STAMP_BYTES } from './stamp.ts'

/** What to load, how, and for how long. */
export interface LoadOptions {
  readonly url: URL
  readonly users: number
  readonly size: number
  readonly duration: number
  readonly warmUp: number
  /** Messages under way for each pair, or messages a second over all. */
  readonly mode: { readonly window: number } | { readonly rate: number }
  readonly prefix: string
  readonly password: string
  /** Makes the tokens of existing users instead of registering. */
  readonly minted: { readonly secret: string; readonly idsFile: string } | undefined
}

/** What `--help` prints. */
export const loadHelp = `npm run load -- --url <url> [options]

Loads a Messenger server over WebSockets: users in pairs, one sends and one receives. Counts what is acknowledged to
the sender and what the receiver reads, and how long that takes. Ends with 1 where a message was refused, or passed on
without being stored since the database was away.

  --url <url>        the server, such as http://127.0.0.1:8080
  --users <n>        an even number of users (default 20); they are registered, or logged in when they exist
  --window <n>       messages that each sender keeps under way (default 8): as fast as the server can
  --rate <n>         instead: messages a second over all senders, sent when due however slow the server is;
                     latency counts from the moment a message was due
  --size <bytes>     payload of random bytes (default 64)
  --duration <s>     measured seconds (default 10, at most 3600)
  --warm-up <s>      seconds before (default 2)
  --prefix <name>    start of the users' names (default load)
  --password <text>  their password
  --secret <text>    the server's JWT_SECRET, with --ids: makes the tokens here and registers nobody
  --ids <file>       ids of existing users, one a line
  --help             this text

A server with its rate limits on refuses what is too fast: start it with RATE_LIMIT=off for a load test.`

const flags = {
  url: { type: 'string' },
  users: { type: 'string', default: '20' },
  window: { type: 'string' },
  rate: { type: 'string' },
  size: { type: 'string', default: '64' },
  duration: { type: 'string', default: '10' },
  'warm-up': { type: 'string', default: '2' },
  prefix: { type: 'string', default: 'load' },
  password: { type: 'string', default: 'a password for load tests' },
  secret: { type: 'string' },
  ids: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const read = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: flags }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const number = (name: string, text: string, min: number, max: number, whole = true): number => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new UsageError(`--${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not ${text}`)
  return value
}

const address = (text: string | undefined): URL => {
  if (text === undefined) throw new UsageError('--url is missing; --help tells more')
  if (!URL.canParse(text) || !/^(https?|wss?):$/.test(new URL(text).protocol))
    throw new UsageError(`--url must be an http or https address, not ${text}`)
  return new URL(text.replace(/^ws/, 'http'))
}

/**
 * Reads the command line of `npm run load`.
 * @returns 'help' where that was asked for
 * @throws {UsageError} with one line that names the mistake
 */
export const parseLoadOptions = (args: readonly string[]): LoadOptions | 'help' => {
  const values = read(args)
  if (values.help) return 'help'
  const users = number('users', values.users, 2, 20_000)
  if (users % 2 !== 0) throw new UsageError('--users must be even: they come in pairs')
  if (values.rate !== undefined && values.window !== undefined)
    throw new UsageError('--rate and --window exclude each other')
  if ((values.secret === undefined) !== (values.ids === undefined))
    throw new UsageError('--secret and --ids belong together')
  return {
    url: address(values.url),
    users,
    size: number('size', values.size, STAMP_BYTES, 262_144),
    duration: number('duration', values.duration, 1, 3600, false),
    warmUp: number('warm-up', values['warm-up'], 0, 600, false),
    mode:
      values.rate !== undefined
        ? { rate: number('rate', values.rate, 1, 1_000_000) }
        : { window: number('window', values.window ?? '8', 1, 1000) },
    prefix: values.prefix,
    password: values.password,
    minted:
      values.secret !== undefined && values.ids !== undefined
        ? { secret: values.secret, idsFile: values.ids }
        : undefined,
  }
}

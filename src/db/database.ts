import type { Logger } from 'pino'
import type { Sql } from 'postgres'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { createPauses, withDeadline } from './deadline.ts'
import { type Generation, isConnectionFault, isExhaustion, openGeneration } from './generation.ts'
import { forgetParameters } from './parameters.ts'

/** The longest that anybody waits for one statement, retries included, in milliseconds. */
export const QUERY_DEADLINE = 1_500
/** The longest that a proof of life may take, in milliseconds. */
const PING_DEADLINE = 700
const HEARTBEAT_INTERVAL = 500
const RETRY_INTERVAL = 250
const MIGRATION_DEADLINE = 60_000
/** Statements under way and waiting; past it a caller is told at once that we are overloaded. */
const MAX_PENDING = 2_000

/** PostgreSQL as the rest of the application sees it: there or not there, and never a wait without end. */
export interface Database {
  /** Whether statements are likely to be answered. */
  readonly available: boolean
  /**
   * Runs one statement within {@link QUERY_DEADLINE}. A lost connection is replaced and the statement run again unless
   * `retry` is false, so a statement must do no harm twice. `on: 'writer'` uses the connection kept for messages.
   * @throws {AppError} `database_unavailable` when there is no answer in time, `overloaded` past the bound of the queue
   * @throws {PostgresError} what PostgreSQL itself refuses, such as a unique violation
   */
  run<T>(statement: (sql: Sql) => PromiseLike<T>, options?: RunOptions): Promise<T>
  /** A real round trip, in less than a second. Never throws. */
  ping(): Promise<boolean>
  /** The database's clock, estimated, in milliseconds since the epoch. */
  now(): number
  /** Calls back each time the database has become available, until {@link Database.close}. */
  onAvailable(listener: () => void): void
  /** Ends all connections, within a second; no new statement is taken. */
  close(): Promise<void>
}

interface RunOptions {
  retry?: boolean
  on?: 'sql' | 'writer'
  /** Milliseconds to wait at most, where less than {@link QUERY_DEADLINE}. */
  within?: number
}

interface DatabaseOptions {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Brings the schema up to date, once, as soon as the database is there. */
  migrate: (sql: Sql) => Promise<unknown>
}

const unavailable = (cause?: unknown) => new AppError('database_unavailable', { retryAfter: 2, cause })
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref())

/**
 * Keeps one generation of connections at a time and replaces it whole when any of them fails: postgres.js waits for
 * ever in some failures of a reconnect (its issue 1193), so it is never left to reconnect by itself. A heartbeat finds
 * a database that hangs without closing anything.
 */
export function createDatabase(
  config: Config['db'],
  { log, migrate }: DatabaseOptions,
): Database & { start(): Promise<void> } {
  let generation: Generation | undefined
  let opening: Promise<Generation> | undefined
  let available = false
  let migrated = false
  let closed = false
  let pending = 0
  let clockOffset = 0
  /** When a statement was last answered, on either kind of connection. */
  const answeredAt = { sql: 0, writer: 0 }
  const listeners: (() => void)[] = []

  async function measureClock(current: Generation, deadline: number): Promise<void> {
    const asked = Date.now()
    const query = current.heartbeat<{ now: string }[]>`SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now`
    const [row] = await withDeadline(query, deadline)
    clockOffset = Number(row?.now) - (asked + Date.now()) / 2
  }

  async function open(): Promise<Generation> {
    const opened = await openGeneration(config)
    try {
      await measureClock(opened, 1_000)
      // On a connection that is open: postgres.js 3.4.9 never reserves one that is yet to be opened.
      if (!migrated) await withDeadline(migrate(opened.heartbeat), MIGRATION_DEADLINE)
      migrated = true
      return opened
    } catch (error) {
      opened.destroy()
      throw error
    }
  }

  async function beat(current: Generation): Promise<void> {
    for (const pause = createPauses(current.failure); !current.failed; ) {
      await pause(HEARTBEAT_INTERVAL)
      if (current.failed) return
      await measureClock(current, 1_000).catch(() => {
        if (current.failed) return
        log.warn('the database does not answer')
        available = false
        current.destroy()
      })
    }
  }

  /** Lives as long as the application: opens, watches, replaces. */
  async function supervise(): Promise<void> {
    let lastMessage = ''
    while (!closed) {
      opening = open()
      try {
        generation = await opening
        if (closed) return generation.destroy()
        if (!available) log.info('the database is available')
        available = true
        lastMessage = ''
        for (const listener of listeners) listener()
        opening = undefined
        await beat(generation)
        generation = undefined
      } catch (error) {
        available = false
        const message = error instanceof Error ? error.message : String(error)
        if (message !== lastMessage) log.warn({ reason: message }, 'the database is not available')
        lastMessage = message
        await sleep(RETRY_INTERVAL)
      }
    }
  }

  const ready = () => (generation?.failed === false ? generation : undefined)

  /** Waits for the generation to use: a lost one gives its successor a first chance before anyone is told. */
  async function next(): Promise<Generation> {
    if (!available || closed) throw unavailable()
    await new Promise(setImmediate)
    if (opening === undefined) throw unavailable()
    return opening.catch((error: unknown) => Promise.reject(unavailable(error)))
  }

  async function run<T>(
    statement: (sql: Sql) => PromiseLike<T>,
    { retry = true, on = 'sql', within = QUERY_DEADLINE }: RunOptions = {},
  ): Promise<T> {
    // Messages have a queue of their own, with its own bound: a storm of reads refuses no send.
    if (pending >= MAX_PENDING && on !== 'writer') throw new AppError('overloaded', { retryAfter: 1 })
    const deadline = performance.now() + within
    pending += 1
    try {
      for (;;) {
        const used = ready() ?? (await withDeadline(next(), deadline - performance.now(), unavailable))
        try {
          const query = statement(used[on])
          const result = await withDeadline(query, deadline - performance.now(), unavailable)
          forgetParameters(query)
          answeredAt[on] = performance.now()
          return result
        } catch (error) {
          // A live PostgreSQL would have given up on it before: these connections lead nowhere, whatever others do.
          if (performance.now() >= deadline && answeredAt[on] < deadline - within) used.destroy()
          if (isExhaustion(error)) throw unavailable(error)
          if (error instanceof AppError || !(used.failed || isConnectionFault(error))) throw error
          used.destroy()
          if (!retry) throw unavailable(error)
        }
      }
    } finally {
      pending -= 1
    }
  }

  return {
    get available() {
      return available
    },
    run,
    now: () => Date.now() + clockOffset,
    ping: async () => {
      const used = generation
      if (used === undefined || used.failed) return false
      return measureClock(used, PING_DEADLINE).then(
        () => true,
        () => false,
      )
    },
    onAvailable: (listener) => {
      listeners.push(listener)
    },
    start: async () => {
      supervise().catch((error) => log.error({ err: error }, 'the watch over the database ended'))
      await Promise.race([opening?.catch(() => undefined), sleep(2_000)])
    },
    close: async () => {
      closed = true
      available = false
      await generation?.end()
      await opening?.then((opened) => opened.end()).catch(() => undefined)
    },
  }
}

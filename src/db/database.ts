import type { Client } from 'pg'
import type { Logger } from 'pino'
import type { Sql } from 'sql-template-tag'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { createClock } from './clock.ts'
import { createPauses, DeadlineError, withDeadline } from './deadline.ts'
import { type Generation, isConnectionFault, isExhaustion, openGeneration } from './generation.ts'
import type { Parameter, PreparedStatement, TextRow } from './protocol.ts'

/** The longest that anybody waits for one statement, retries included, in milliseconds. */
export const QUERY_DEADLINE = 1_500
/** The longest that a proof of life may take, in milliseconds. */
const PING_DEADLINE = 700
const HEARTBEAT_INTERVAL = 500
const RETRY_INTERVAL = 250
const MIGRATION_DEADLINE = 60_000
/** The longest that the end waits for statements under way, in milliseconds. */
const CLOSE_DEADLINE = 1_000
/** Statements under way and waiting; past it a caller is told at once that we are overloaded. */
const MAX_PENDING = 2_000

/** PostgreSQL as the rest of the application sees it: there or not there, and never a wait without end. */
export interface Database {
  /** Whether statements are likely to be answered. */
  readonly available: boolean
  /**
   * Runs one statement within {@link QUERY_DEADLINE}. A lost connection is replaced and the statement run again, so it
   * must do no harm twice.
   * @throws {AppError} `database_unavailable` when there is no answer in time, `overloaded` past the bound of the queue
   * @throws {DatabaseError} what PostgreSQL itself refuses, such as a unique violation
   */
  run<Row>(statement: Sql): Promise<Row[]>
  /**
   * Runs a prepared statement on the connection kept for messages, once.
   * @param within milliseconds to wait at most
   * @throws as {@link Database.run}; `database_unavailable` may mean that it was run
   */
  execute(statement: PreparedStatement, parameters: readonly Parameter[], within: number): Promise<TextRow[]>
  /** A real round trip, in less than a second. Never throws. */
  ping(): Promise<boolean>
  /** The database's clock, estimated, in milliseconds since the epoch. */
  now(): number
  /** Calls back each time the database has become available, until {@link Database.close}. */
  onAvailable(listener: () => void): void
  /** Ends all connections, within 1.5 seconds, statements under way first. */
  close(): Promise<void>
}

interface DatabaseOptions {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Brings the schema up to date, once, as soon as the database is there. */
  migrate: (client: Client) => Promise<unknown>
}

const unavailable = (cause?: unknown) => new AppError('database_unavailable', { retryAfter: 2, cause })
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref())

/**
 * Keeps one generation of connections at a time and replaces it whole when any of them fails: what is true of
 * one is true of all, and nothing is left half connected. A heartbeat finds a database that hangs without closing anything.
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
  let onIdle = () => {}
  const clock = createClock()
  /** When a statement was last answered, on either kind of connection. */
  const answeredAt = { pool: 0, writer: 0 }
  const listeners: (() => void)[] = []

  async function open(): Promise<Generation> {
    const opened = await openGeneration(config)
    try {
      await clock.measure(opened.heartbeat, 1_000)
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
      await clock.measure(current.heartbeat, 1_000).catch((error: unknown) => {
        if (current.failed) return
        // A connection that was lost says nothing of the next one; a database that hangs does.
        if (error instanceof DeadlineError) {
          log.warn('the database does not answer')
          available = false
        }
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
        // It ends with its generation, whose successor does not wait for a question that is still under way.
        void beat(generation)
        await generation.failure
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
    // It may have come meanwhile.
    const coming = ready() ?? opening
    if (coming === undefined) throw unavailable()
    try {
      return await coming
    } catch (error) {
      throw unavailable(error)
    }
  }

  /** Has a statement run on a generation that works; see {@link Database.run}. */
  async function perform<T>(
    on: 'pool' | 'writer',
    within: number,
    statement: (generation: Generation) => Promise<T>,
  ): Promise<T> {
    // Messages have a queue of their own, with its own bound: a storm of reads refuses no send.
    if (pending >= MAX_PENDING && on !== 'writer') throw new AppError('overloaded', { retryAfter: 1 })
    const deadline = performance.now() + within
    pending += 1
    try {
      for (;;) {
        const used = ready() ?? (await withDeadline(next(), deadline - performance.now(), unavailable))
        try {
          const result = await withDeadline(statement(used), deadline - performance.now(), unavailable)
          answeredAt[on] = performance.now()
          return result
        } catch (error) {
          // A live PostgreSQL would have given up on it before: these connections lead nowhere, whatever others do.
          if (performance.now() >= deadline && answeredAt[on] < deadline - within) used.destroy()
          if (isExhaustion(error)) throw unavailable(error)
          if (error instanceof AppError || !(used.failed || isConnectionFault(error))) throw error
          used.destroy()
          if (on === 'writer') throw unavailable(error)
        }
      }
    } finally {
      pending -= 1
      if (pending === 0) onIdle()
    }
  }

  return {
    get available() {
      return available
    },
    run: <Row>(statement: Sql) => perform('pool', QUERY_DEADLINE, (used) => used.query<Row>(statement)),
    execute: (statement, parameters, within) =>
      perform('writer', within, (used) => used.execute(statement, parameters)),
    now: clock.now,
    ping: async () => {
      const used = generation
      if (used === undefined || used.failed) return false
      return clock.measure(used.heartbeat, PING_DEADLINE).then(
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
      const idle = new Promise<void>((resolve) => {
        onIdle = resolve
      })
      if (pending > 0) await withDeadline(idle, CLOSE_DEADLINE).catch(() => undefined)
      await generation?.end()
      await opening?.then((opened) => opened.end()).catch(() => undefined)
    },
  }
}

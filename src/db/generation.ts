import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import postgres, { type Sql } from 'postgres'
import type { Config } from '../config.ts'
import { withDeadline } from './deadline.ts'

const CONNECT_DEADLINE = 1_000
const END_DEADLINE = 1_500
/** PostgreSQL gives up on a statement before its caller does, so that "unavailable" means "did not happen". */
const STATEMENT_TIMEOUT = 1_400

/** One set of connections that live and die together. */
export interface Generation {
  readonly sql: Sql
  /** One connection for storing messages alone, so that a send never waits behind a read. */
  readonly writer: Sql
  /** One connection for proofs of life alone, so that load is not taken for death. */
  readonly heartbeat: Sql
  /** Whether any of the connections was lost, after which none may be used. */
  readonly failed: boolean
  /** Resolves when that happens. */
  readonly failure: Promise<void>
  /** Cuts all connections at once; statements under way fail. */
  destroy(): void
  /** Ends the connections in order, within a second. */
  end(): Promise<void>
}

/** `DB_SSLMODE` in the terms of `tls.connect` (https://www.postgresql.org/docs/current/libpq-ssl.html). */
function tlsOptions({ sslMode, sslRootCert, host }: Config['db']) {
  if (sslMode === 'disable') return false
  const ca = sslRootCert === undefined ? {} : { ca: readFileSync(sslRootCert, 'utf8') }
  if (sslMode === 'require') return { ...ca, rejectUnauthorized: false, servername: host }
  const anyName = sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { ...ca, rejectUnauthorized: true, servername: host, ...anyName }
}

/** bytea travels as PostgreSQL's hex text in both directions: the payload codec reads and writes it directly. */
const hexText = { to: 17, from: [17], serialize: (hex: string) => hex, parse: (hex: string) => hex }

/**
 * Opens connections lazily, up to `poolMax`, and reports the first that is lost. TCP sockets are made here and not by
 * postgres.js, so that a connection which never got through, or that hangs, can be ended for certain.
 */
export async function openGeneration(config: Config['db']): Promise<Generation> {
  const sockets = new Set<Socket>()
  let failed = false
  let announceFailure = () => {}
  const failure = new Promise<void>((resolve) => {
    announceFailure = resolve
  })

  function openSocket(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      if (failed) return reject(new Error('these connections have ended'))
      const socket = connect({ host: config.host, port: config.port, noDelay: true })
      sockets.add(socket)
      socket.setTimeout(CONNECT_DEADLINE, () => socket.destroy(new Error('connecting took too long')))
      socket.once('connect', () => {
        socket.setTimeout(0)
        resolve(socket)
      })
      socket.once('error', reject)
      socket.once('close', () => {
        reject(new Error('the connection was closed'))
        destroy()
      })
    })
  }

  const options = {
    host: config.host,
    port: config.port,
    database: config.name,
    username: config.user,
    password: config.password,
    ssl: tlsOptions(config),
    fetch_types: false,
    max_lifetime: null,
    // One statement at a time on a connection: a slow one holds up nobody behind it.
    max_pipeline: 0,
    connect_timeout: 2,
    connection: { application_name: 'messenger', statement_timeout: STATEMENT_TIMEOUT },
    types: { bytea: hexText },
    onnotice: () => {},
    socket: openSocket,
  }
  const client = (max: number) =>
    postgres({ ...options, max } as postgres.Options<Record<string, postgres.PostgresType>>) as Sql
  const clients = {
    sql: client(Math.max(1, config.poolMax - 2)),
    writer: client(1),
    heartbeat: client(1),
  }

  function destroy(): void {
    if (failed) return
    failed = true
    for (const socket of sockets) socket.destroy()
    for (const each of Object.values(clients)) each.end({ timeout: 0 }).catch(() => undefined)
    announceFailure()
  }

  async function end(): Promise<void> {
    // Said first: a connection that closes now is no loss.
    failed = true
    const ended = Promise.allSettled(Object.values(clients).map((each) => each.end({ timeout: 1 })))
    await withDeadline(ended, END_DEADLINE).catch(() => undefined)
    for (const socket of sockets) socket.destroy()
    announceFailure()
  }

  return {
    ...clients,
    get failed() {
      return failed
    },
    failure,
    destroy,
    end,
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** PostgreSQL is there but gave up: a statement cancelled by its timeout, or out of disk, memory or connections. */
export const isExhaustion = (error: unknown): boolean => /^(57014|53)/.test(codeOf(error))

/** Errors of the way to PostgreSQL, and of a PostgreSQL that is going or coming (its class 57P and 08). */
export const isConnectionFault = (error: unknown): boolean => /^(CONNECT|E[A-Z]+$|57P0|08)/.test(codeOf(error))

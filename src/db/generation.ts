import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { Client, type ClientConfig, Pool } from 'pg'
import type { Sql } from 'sql-template-tag'
import type { Config } from '../config.ts'
import { withDeadline } from './deadline.ts'
import { createDirectSocket } from './direct-socket.ts'
import type { Parameter, PreparedStatement, TextRow } from './protocol.ts'
import { Session } from './session.ts'

const CONNECT_DEADLINE = 1_000
/** Connecting, and proving who we are. */
const READY_DEADLINE = 2_000
const END_DEADLINE = 500
/** PostgreSQL gives up on a statement before its caller does, so that "unavailable" means "did not happen". */
const STATEMENT_TIMEOUT = 1_400

/** One set of connections that live and die together. */
export interface Generation {
  /** Runs a statement on any connection of the pool. */
  query<Row>(statement: Sql): Promise<Row[]>
  /** Runs a statement on the connection kept for messages, so that a send never waits behind a read. */
  execute(statement: PreparedStatement, parameters: readonly Parameter[]): Promise<TextRow[]>
  /** One connection for proofs of life alone, so that load is not taken for death. */
  readonly heartbeat: Client
  /** Whether any of the connections was lost, after which none may be used. */
  readonly failed: boolean
  /** Resolves when that happens. */
  readonly failure: Promise<void>
  /** Cuts all connections at once; statements under way fail. */
  destroy(): void
  /** Ends the connections in order, within half a second; a statement under way fails. */
  end(): Promise<void>
}

/** `DB_SSLMODE` in the terms of `tls.connect` (https://www.postgresql.org/docs/current/libpq-ssl.html). */
function tlsOptions({ sslMode, sslRootCert }: Config['db']) {
  if (sslMode === 'disable') return false
  const ca = sslRootCert === undefined ? {} : { ca: readFileSync(sslRootCert, 'utf8') }
  if (sslMode === 'require') return { ...ca, rejectUnauthorized: false }
  const anyName = sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { ...ca, rejectUnauthorized: true, ...anyName }
}

/** The names under which connections know statements, by their text. All SQL of the application is constant. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? `s${names.size}`
  names.set(text, name)
  return name
}

/**
 * Opens the connections for messages and for proofs of life, and the pool's as they are needed, up to `poolMax` in all;
 * reports the first that is lost. TCP sockets are made here and not by pg, so that a connection which never got through,
 * or that hangs, can be ended for certain.
 * @throws what kept it from connecting
 */
export async function openGeneration(config: Config['db']): Promise<Generation> {
  const sockets = new Set<Socket>()
  let failed = false
  let announceFailure = () => {}
  const failure = new Promise<void>((resolve) => {
    announceFailure = resolve
  })

  /** Ours are the socket's first listeners: whoever is told that a statement failed can see that its connection did. */
  function watch(socket: Socket): Socket {
    sockets.add(socket)
    if (failed) setImmediate(() => socket.destroy(new Error('these connections have ended')))
    socket.setTimeout(CONNECT_DEADLINE, () => socket.destroy(new Error('connecting took too long')))
    socket.once('connect', () => socket.setTimeout(0))
    socket.once('error', destroy)
    socket.once('close', destroy)
    return socket
  }

  const options: ClientConfig = {
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user,
    password: config.password,
    ssl: tlsOptions(config),
    application_name: 'messenger',
    statement_timeout: STATEMENT_TIMEOUT,
    connectionTimeoutMillis: READY_DEADLINE,
    stream: () => watch(new Socket()),
  }
  const pool = new Pool({ ...options, max: Math.max(1, config.poolMax - 2), idleTimeoutMillis: 0 })
  const writer = new Client({ ...options, stream: () => watch(createDirectSocket()) })
  const heartbeat = new Client(options)
  // The end of a connection is told of here, too; its socket has said so already.
  for (const client of [writer, heartbeat]) client.on('error', () => {})
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  function destroy(): void {
    if (failed) return
    failed = true
    for (const socket of sockets) socket.destroy()
    // Nobody is told to end: a client that connects would never say that it could not, and the pool would keep waiting
    // who waits for a turn. Their sockets fail, and so does every new one.
    announceFailure()
  }

  async function end(): Promise<void> {
    // Said first: a connection that closes now is no loss.
    failed = true
    const ended = Promise.all([pool.end(), writer.end(), heartbeat.end()])
    await withDeadline(ended, END_DEADLINE).catch(() => undefined)
    for (const socket of sockets) socket.destroy()
    announceFailure()
  }

  async function query<Row>({ text, values }: Sql): Promise<Row[]> {
    // Not the pool's own `query`: it closes a connection on which PostgreSQL has refused anything.
    const client = await pool.connect()
    try {
      const { rows } = await client.query({ name: nameOf(text), text, values })
      return rows as Row[]
    } finally {
      client.release()
    }
  }

  try {
    await Promise.all([writer.connect(), heartbeat.connect()])
  } catch (error) {
    destroy()
    throw error
  }
  const session = new Session(writer)
  return {
    query,
    execute: (statement, parameters) => session.execute(statement, parameters),
    heartbeat,
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
export const isConnectionFault = (error: unknown): boolean => /^(E[A-Z]+$|57P0|08)/.test(codeOf(error))

import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type Home, NAME, openHome } from './embedded/home.ts'
import { findPostmaster, freePort, startPostmaster, stopPostmaster } from './embedded/postmaster.ts'

/** A PostgreSQL server of our own, as a client needs to know it. */
export interface Embedded {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** The process at the moment: another one after a crash. */
  readonly pid: number
  /** Where the data is. */
  readonly path: string
  stop(): Promise<void>
}

/** How the server is started. */
export interface EmbeddedOptions {
  /** The cluster is kept in the folder `postgres` in here. */
  readonly directory: string
  /** Off only where the data may be lost. */
  readonly fsync?: boolean
  /** PostgreSQL's settings, by name. */
  readonly settings?: Record<string, string>
  /** How long to wait for a former owner to end, in milliseconds. */
  readonly patience?: number
}

const HOST = '127.0.0.1'
const PATIENCE = 15_000
/** The longest that taking the lock may take on a server that answers; creating the database is part of it. */
const LOCK_DEADLINE = 15_000
const OWNER_LOCK = 1

/** The connection whose session lock says who owns the server; PostgreSQL drops it the moment its owner dies. */
interface Lock {
  release(): void
}

const takeLock = async (home: Home, port: number, onLost: () => void): Promise<Lock | undefined> => {
  let held = false
  const socket = new Socket()
  const client = new Client({
    ...{ host: HOST, port, user: NAME, password: home.password, database: 'postgres', connectionTimeoutMillis: 5_000 },
    // Said, so that PGSSLMODE in our environment does not say otherwise.
    ssl: false,
    stream: () => socket,
  })
  // Whatever is wrong with the connection, it ends.
  client.on('error', () => {})
  client.on('end', () => {
    if (held) onLost()
    held = false
  })
  const release = (): void => {
    held = false
    socket.destroy()
  }
  const take = async (): Promise<boolean> => {
    await client.connect()
    const data = await client.query<{ ours: boolean }>(`select current_setting('data_directory') = $1 as ours`, [
      home.data,
    ])
    if (data.rows[0]?.ours !== true) return false
    const lock = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [OWNER_LOCK])
    if (lock.rows[0]?.held !== true) return false
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME])
    if (rowCount === 0) await client.query(`create database ${NAME}`)
    return true
  }
  try {
    held = await Promise.race([take(), sleep(LOCK_DEADLINE, false, { ref: false })])
  } finally {
    if (!held) release()
  }
  return held ? { release } : undefined
}

const run = async (home: Home, settings: Record<string, string>, patience: number): Promise<Embedded> => {
  let stopping = false
  let port = 0
  let pid = 0

  /** Starts the server unless it runs, and becomes its owner: one left behind by a killed process is taken over. */
  const attempt = async (): Promise<Lock | undefined> => {
    if ((await findPostmaster(home)) === undefined) await startPostmaster(home, port || (await freePort()), settings)
    const running = await findPostmaster(home)
    if (running === undefined) return undefined
    const lock = await takeLock(home, running.port, () => {
      if (!stopping) owner = own(Number.POSITIVE_INFINITY)
    })
    if (lock !== undefined) ({ pid, port } = running)
    return lock
  }

  const own = async (wait: number): Promise<Lock | undefined> => {
    const deadline = Date.now() + wait
    for (;;) {
      let problem = `Another process owns the database in ${home.path}: is npm start running in this folder already?`
      const lock = await attempt().catch((error: Error) => {
        problem = error.message
      })
      if (lock || stopping) return lock ?? undefined
      if (Date.now() > deadline) throw new Error(problem)
      await sleep(200)
    }
  }

  let owner: Promise<Lock | undefined> = own(patience)
  await owner

  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    const lock = await owner
    // Without the lock it is somebody else's by now.
    if (lock === undefined) return
    await stopPostmaster(home)
    lock.release()
  }
  const coordinates = { host: HOST, user: NAME, password: home.password, database: NAME, path: home.path }
  return {
    ...coordinates,
    stop,
    get port() {
      return port
    },
    get pid() {
      return pid
    },
  }
}

/**
 * Starts a PostgreSQL server that belongs to this process and keeps its data in `directory`; it is started again if it
 * dies. One folder has one owner: a second one waits a while for the first to end, then gives up.
 */
export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const fsync = options.fsync ?? true
  const durability = fsync ? { fsync: 'on', synchronous_commit: 'on' } : { fsync: 'off', full_page_writes: 'off' }
  const home = await openHome(options.directory, fsync)
  return run(home, { log_checkpoints: 'off', ...durability, ...options.settings }, options.patience ?? PATIENCE)
}

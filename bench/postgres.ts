import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from '../src/db/embedded.ts'
import { onExit } from './cleanup.ts'
import { familyCpuMs } from './cpu.ts'

/** A private PostgreSQL, as durable as a real one: fsync and synchronous_commit are on. */
export interface Cluster {
  /** The variables that point a server at one of its databases. */
  env(database: string): Record<string, string>
  /** A connection for the bench's own questions. */
  connect(database: string): postgres.Sql
  createDatabase(name: string): Promise<void>
  /** Makes every commit wait 3 ms, as on a slower disk or a replica nearby. */
  slowCommits(on: boolean): Promise<void>
  /** Writes out what earlier measurements left, so that no later one pays for it. */
  settle(): Promise<void>
  /** CPU milliseconds of all its processes so far. */
  cpuMs(): number
  version(): Promise<string>
}

/** Starts the cluster in a temporary folder that goes away with it. */
export const startCluster = async (): Promise<Cluster> => {
  const directory = await mkdtemp(join(tmpdir(), 'messenger-bench-'))
  onExit(() => rm(directory, { recursive: true, force: true }))
  const server = await startEmbedded({ directory, settings: { max_connections: '60', max_wal_size: '4GB' } })
  onExit(() => server.stop())
  const { host, port, user, password } = server
  const connect = (database: string): postgres.Sql => {
    const sql = postgres({ host, port, user, password, database, max: 2, onnotice: () => {} })
    onExit(() => sql.end({ timeout: 1 }))
    return sql
  }
  const admin = connect('postgres')
  return {
    env: (database) => ({
      DB_HOST: host,
      DB_PORT: String(port),
      DB_USER: user,
      DB_PASSWORD: password,
      DB_NAME: database,
      DB_SSLMODE: 'disable',
    }),
    connect,
    createDatabase: async (name) => {
      await admin.unsafe(`create database ${name}`)
    },
    slowCommits: async (on) => {
      await admin.unsafe(on ? 'alter system set commit_delay = 3000' : 'alter system reset commit_delay')
      await admin.unsafe(on ? 'alter system set commit_siblings = 0' : 'alter system reset commit_siblings')
      await admin`select pg_reload_conf()`
      await new Promise((resolve) => setTimeout(resolve, 300))
    },
    settle: async () => {
      await admin.unsafe('checkpoint')
    },
    cpuMs: () => familyCpuMs(server.pid),
    version: async () => (await admin<{ v: string }[]>`select current_setting('server_version') as v`)[0]?.v ?? '',
  }
}

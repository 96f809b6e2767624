import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { NAME, openHome } from '../../src/db/embedded/home.ts'
import { findPostmaster, freePort, startPostmaster, stopPostmaster } from '../../src/db/embedded/postmaster.ts'

/** A PostgreSQL server that a test may mistreat. It has an empty database, and one port for its whole life. */
export interface PrivatePostgres {
  /** The `DB_*` variables that lead to it. */
  readonly env: Record<string, string>
  /** Starts it again after {@link stop} or {@link kill}. */
  start(): Promise<void>
  /** Stops it in order. */
  stop(): Promise<void>
  /** Kills it like a power cut. */
  kill(): Promise<void>
  /** Lets it hang: connections stay open and nothing answers. */
  freeze(): Promise<void>
  /** Ends {@link freeze}. */
  thaw(): Promise<void>
}

const childrenOf = (pid: number): number[] => {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child ? [child] : []))
}

/** Starts a private server; it ends with the test. */
export const startPostgres = async (
  t: { teardown(handler: () => unknown): void },
  options: { fsync?: boolean; settings?: Record<string, string> } = {},
): Promise<PrivatePostgres> => {
  const directory = await mkdtemp(join(tmpdir(), 'messenger-postgres-'))
  const fsync = options.fsync ?? false
  const home = await openHome(directory, fsync)
  const port = await freePort()

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const pid = (await findPostmaster(home))?.pid
    if (pid === undefined) return
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, name)
      } catch {
        // A child has ended meanwhile.
      }
    }
  }
  const gone = async (): Promise<void> => {
    while ((await findPostmaster(home)) !== undefined) await sleep(20)
  }
  const start = async (deadline: number): Promise<void> => {
    try {
      await startPostmaster(home, port, { fsync: fsync ? 'on' : 'off', ...options.settings })
    } catch (error) {
      // The last processes of a killed server still hold its shared memory for a moment.
      if (Date.now() > deadline) throw error
      await sleep(50)
      await start(deadline)
    }
  }
  const server: PrivatePostgres = {
    env: { DB_HOST: '127.0.0.1', DB_PORT: String(port), DB_USER: NAME, DB_PASSWORD: home.password, DB_NAME: NAME },
    start: () => start(Date.now() + 30_000),
    stop: () => stopPostmaster(home),
    kill: async () => {
      await signal('SIGKILL')
      await gone()
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
  t.teardown(async () => {
    await server.kill()
    await rm(home.path, { recursive: true, force: true })
    await rm(directory, { recursive: true, force: true })
  })
  await server.start()
  const sql = postgres({ host: '127.0.0.1', port, user: NAME, password: home.password, database: 'postgres', max: 1 })
  await sql.unsafe(`create database ${NAME}`)
  await sql.end()
  return server
}

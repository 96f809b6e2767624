// `npm test`: starts one PostgreSQL, migrates the database that every test clones, runs the test files against it and
// ends with the line "N passed, N failed". Arguments are test files; without any, all of them run.
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { type Embedded, startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { Summary } from './tools/summary.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const summary = new Summary()

/** Makes the databases that tests clone. Nobody may stay connected to them. */
const prepare = async (server: Embedded): Promise<void> => {
  const { host, port, user, password, database } = server
  const sql = postgres({ host, port, user, password, database, max: 1 })
  await migrate(sql)
  await sql.end()
}

/** Runs tap in a process group of its own, which ends with it. */
const runTap = async (files: readonly string[], env: NodeJS.ProcessEnv): Promise<void> => {
  const tap = join(root, 'node_modules/tap/dist/esm/run.mjs')
  const child = spawn(process.execPath, [tap, '--reporter=tap', ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Nobody is left in the group.
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, kill)
  const parent = process.ppid
  const orphaned = setInterval(() => process.ppid !== parent && kill(), 500).unref()
  const exit = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  for await (const line of createInterface({ input: child.stdout })) {
    for (const shown of summary.read(line)) console.log(shown)
  }
  summary.end(await exit)
  clearInterval(orphaned)
  kill()
}

/** Ends what tests that were killed have left behind: their databases run in process groups of their own. */
const endPostmasters = async (directory: string): Promise<void> => {
  const paths = await readdir(directory, { recursive: true }).catch(() => [])
  for (const path of paths.filter((each) => each.endsWith('/postmaster.pid'))) {
    const [pid] = (await readFile(join(directory, path), 'utf8')).split('\n')
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

const main = async (): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'messenger-test-'))
  let server: Embedded | undefined
  try {
    const temporary = join(directory, 'tmp')
    await mkdir(temporary)
    // Tests start PostgreSQL in there, maybe as another user.
    await chmod(temporary, 0o1777)
    server = await startEmbedded({
      directory,
      fsync: false,
      settings: { max_connections: '400', wal_level: 'minimal', max_wal_senders: '0' },
    })
    await prepare(server)
    await runTap(process.argv.slice(2), {
      ...process.env,
      TMPDIR: temporary,
      TEST_DB_HOST: server.host,
      TEST_DB_PORT: String(server.port),
      TEST_DB_USER: server.user,
      TEST_DB_PASSWORD: server.password,
      TEST_DB_TEMPLATE: server.database,
    })
  } catch (error) {
    console.error(error)
    summary.end(1)
  } finally {
    await server?.stop()
    await endPostmasters(directory)
    if (server !== undefined) await rm(server.path, { recursive: true, force: true })
    await rm(directory, { recursive: true, force: true })
  }
  console.log(`${summary.passed} passed, ${summary.failed} failed`)
  process.exit(summary.failed === 0 ? 0 : 1)
}

await main()

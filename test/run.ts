// `npm test`: starts one PostgreSQL, migrates the database that every test clones, runs the test files against it and
// ends with the line "N passed, N failed". Arguments are test files; without any, all of them run.
import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { type Embedded, startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { clear, endProcess, sweep } from './tools/leftovers.ts'
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
const runTap = async (files: readonly string[], env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<void> => {
  stop.throwIfAborted()
  const tap = join(root, 'node_modules/tap/dist/esm/run.mjs')
  const child = spawn(process.execPath, [tap, '--reporter=tap', ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const kill = (): void => endProcess(-Number(child.pid))
  stop.addEventListener('abort', kill)
  const exit = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  for await (const line of createInterface({ input: child.stdout })) {
    for (const shown of summary.read(line)) console.log(shown)
  }
  summary.end(await exit)
  kill()
}

/** Aborts when we are told to end, or when whoever started us has ended. */
const untilStopped = (): AbortSignal => {
  const controller = new AbortController()
  const parent = process.ppid
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
  setInterval(() => process.ppid !== parent && controller.abort(), 500).unref()
  return controller.signal
}

const main = async (): Promise<void> => {
  const stop = untilStopped()
  const prefix = join(tmpdir(), 'messenger-test-')
  await sweep(prefix)
  const directory = await mkdtemp(`${prefix}${process.pid}-`)
  let server: Embedded | undefined
  try {
    const temporary = join(directory, 'tmp')
    await mkdir(temporary)
    // Tests start PostgreSQL in there, maybe as another user.
    await chmod(temporary, 0o1777)
    const settings = { max_connections: '400', wal_level: 'minimal', max_wal_senders: '0' }
    server = await startEmbedded({ directory, fsync: false, settings })
    await prepare(server)
    const env = {
      TMPDIR: temporary,
      TEST_DB_HOST: server.host,
      TEST_DB_PORT: String(server.port),
      TEST_DB_USER: server.user,
      TEST_DB_PASSWORD: server.password,
      TEST_DB_TEMPLATE: server.database,
    }
    // Tests that start the server as a process start what was built: a third of the time that its sources take.
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    })
    await runTap(process.argv.slice(2), { ...process.env, ...env }, stop)
  } catch (error) {
    console.error(error)
    summary.end(1)
  } finally {
    await server?.stop()
    await clear(directory)
    if (server !== undefined) await rm(server.path, { recursive: true, force: true })
  }
  console.log(`${summary.passed} passed, ${summary.failed} failed`)
  process.exit(summary.failed === 0 ? 0 : 1)
}

await main()

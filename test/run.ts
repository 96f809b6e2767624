// `npm test`: starts one PostgreSQL, migrates the database that every test clones, runs the test files against it and
// ends with the line "N passed, N failed". Arguments are test files; without any, all of them run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Embedded, startEmbedded } from '../src/db/embedded.ts'
import { migrateAt } from './tools/database.ts'
import { clear, sweep } from './tools/leftovers.ts'
import { runSuite, type Sums } from './tools/suite.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Makes the databases that tests clone. Nobody may stay connected to them. */
const prepare = async (server: Embedded): Promise<void> => {
  const { host, port, user, password, database } = server
  await migrateAt({ host, port, user, password, database })
}

/** Tests that start the server as a process start what was built: a third of the time that its sources take. */
const buildServer = async (): Promise<boolean> => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const child = spawn(process.execPath, [compiler, '-b', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code === 0
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
  let sums: Sums
  try {
    const temporary = join(directory, 'tmp')
    await mkdir(temporary)
    // Tests start PostgreSQL in there, maybe as another user.
    await chmod(temporary, 0o1777)
    const built = buildServer()
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
    if (!(await built)) throw new Error('the server does not compile')
    sums = await runSuite(process.argv.slice(2), { env: { ...process.env, ...env }, directory, stop })
  } catch (error) {
    console.error(error)
    sums = { passed: 0, failed: 1 }
  } finally {
    await server?.stop()
    await clear(directory)
    if (server !== undefined) await rm(server.path, { recursive: true, force: true })
  }
  console.log(`${sums.passed} passed, ${sums.failed} failed`)
  process.exit(sums.failed === 0 ? 0 : 1)
}

await main()

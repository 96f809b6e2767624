import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import t from 'tap'
import { type Embedded, startEmbedded } from '../../src/db/embedded.ts'
import type { Test } from '../tools/database.ts'

const built = fileURLToPath(new URL('../../dist/src/db/embedded.js', import.meta.url))

/** A place for a database. */
const place = async (t: Test): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'))
  t.teardown(async () => {
    for (const link of ['postgres', '.data/postgres']) {
      const data = await realpath(join(directory, link)).catch(() => undefined)
      if (data !== undefined) await rm(data, { recursive: true })
    }
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

const start = async (
  t: Test,
  directory: string,
  options: { fsync?: boolean; patience?: number } = {},
): Promise<Embedded> => {
  const server = await startEmbedded({ directory, fsync: false, ...options })
  t.teardown(() => server.stop())
  return server
}

const query = async (server: Omit<Embedded, 'stop'>, text: string): Promise<unknown[]> => {
  const { host, port, user, password, database } = server
  const sql = postgres({ host, port, user, password, database, max: 1 })
  try {
    return (await sql.unsafe(text).values()).flat()
  } finally {
    await sql.end()
  }
}

/** Starts a database in another process, which then waits to be killed. */
const startElsewhere = async (t: Test, directory: string, env: NodeJS.ProcessEnv = {}) => {
  const script = `import(${JSON.stringify(built)}).then(async ({ startEmbedded }) => {
    const server = await startEmbedded({ directory: ${JSON.stringify(directory)}, fsync: false })
    console.log(JSON.stringify({ ...server, port: server.port, pid: server.pid }))
    setInterval(() => {}, 1000)
  })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, server: JSON.parse(line.toString()) as Omit<Embedded, 'stop'> }
}

t.test('the data outlives a restart, and every commit is synced to disk', async (t) => {
  const directory = await place(t)
  const first = await start(t, directory, { fsync: true })
  t.strictSame(await query(first, "select current_setting('fsync'), current_setting('synchronous_commit')"), [
    'on',
    'on',
  ])
  t.strictSame(await query(first, "select current_setting('data_checksums'), current_setting('listen_addresses')"), [
    'on',
    '127.0.0.1',
  ])
  await query(first, 'create table kept (n int)')
  await first.stop()
  await t.rejects(query(first, 'select 1'), 'nobody is left')
  const second = await start(t, directory, { fsync: true })
  t.strictSame(await query(second, 'select count(*)::int from kept'), [0])
  t.equal((await stat(join(second.path, 'password'))).mode & 0o777, 0o600)
  t.equal((await stat(second.path)).mode & 0o777, 0o700)
})

t.test('a wrong password is refused', async (t) => {
  const server = await start(t, await place(t))
  await t.rejects(query({ ...server, port: server.port, password: 'wrong' }, 'select 1'), { code: '28P01' })
})

t.test('after kill -9 of its owner the server is taken over', async (t) => {
  const directory = await place(t)
  const env = {
    PGDATA: '/nowhere',
    PGHOST: 'nowhere',
    PGPORT: '1',
    PGSSL: 'require',
    LC_ALL: 'xx_YY',
    LANG: 'nonsense',
  }
  const { child, server } = await startElsewhere(t, directory, env)
  await query(server, 'create table kept (n int)')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await start(t, directory)
  t.equal(next.pid, server.pid)
  t.strictSame(await query(next, 'select count(*)::int from kept'), [0])
})

t.test('a second owner gives up with a clear message and does the first no harm', async (t) => {
  const directory = await place(t)
  const first = await start(t, directory)
  await t.rejects(startEmbedded({ directory, patience: 500 }), {
    message: /is npm start running in this folder already/,
  })
  t.strictSame(await query(first, 'select 1'), [1])
})

t.test(
  'of two that start at once in a fresh folder one wins, and the other takes over when that one ends',
  async (t) => {
    const directory = await place(t)
    const both = [start(t, directory), start(t, directory)] as const
    const first = await Promise.race(both)
    await query(first, 'create table kept (n int)')
    await first.stop()
    const servers = await Promise.all(both)
    const second = servers.find((server) => server !== first)
    t.strictSame(second && (await query(second, 'select count(*)::int from kept')), [0])
  },
)

t.test('a server that dies is started again on its port', async (t) => {
  const server = await start(t, await place(t))
  const { pid, port } = server
  process.kill(pid, 'SIGKILL')
  for (const deadline = Date.now() + 60_000; server.pid === pid && Date.now() < deadline; ) await sleep(50)
  t.equal(server.port, port)
  t.strictSame(await query(server, 'select 1'), [1])
})

t.test('a postmaster.pid with the number of a stranger, as a power cut leaves it, is no obstacle', async (t) => {
  const directory = await place(t)
  const { child, server } = await startElsewhere(t, directory)
  const path = join(server.path, 'data/postmaster.pid')
  const left = await readFile(path, 'utf8')
  child.kill('SIGKILL')
  await once(child, 'exit')
  process.kill(server.pid, 'SIGKILL')
  // A living process of the same user that is no postmaster.
  const { uid, gid } = await stat(server.path)
  const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/' })
  t.teardown(() => stranger.kill('SIGKILL'))
  await writeFile(path, left.replace(/^\d+/, String(stranger.pid)))
  const next = await start(t, directory)
  t.not(next.pid, server.pid)
  t.strictSame(await query(next, 'select 1'), [1])
})

t.test('root in a folder closed to others keeps the data elsewhere, behind a link', async (t) => {
  if (userInfo().uid !== 0) return t.comment('not root')
  const directory = join(await place(t), '.data')
  const first = await start(t, directory)
  t.ok((await lstat(join(directory, 'postgres'))).isSymbolicLink())
  t.match(first.path, /^\/var\//)
  await query(first, 'create table kept (n int)')
  await first.stop()
  const second = await start(t, directory)
  t.strictSame(await query(second, 'select count(*)::int from kept'), [0])
  await second.stop()
  // A folder that is gone is replaced by a fresh one.
  await rm(first.path, { recursive: true })
  const third = await start(t, directory)
  t.not(third.path, first.path)
  t.strictSame(await query(third, "select to_regclass('kept')"), [null])
})

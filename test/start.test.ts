import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readFile, realpath, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Registered } from '../schemas/auth.ts'
import { freePort } from '../src/db/embedded/postmaster.ts'
import { createDatabase, type Test } from './helper.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A fresh clone, as after `npm ci`. */
const clone = async (t: Test): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'))
  t.teardown(async () => {
    await rm(await realpath(join(folder, '.data/postgres')).catch(() => folder), { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
  })
  // Passable, so that its database stays in it where the tests run as root.
  await chmod(folder, 0o755)
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'schemas', 'sql', 'web']) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await symlink(await realpath(join(root, 'node_modules')), join(folder, 'node_modules'))
  return folder
}

interface Run {
  readonly npm: ChildProcess
  readonly url: string
  output(): string
}

/** `npm start`, in a process group of its own, as a shell would do it. */
const npmStart = async (t: Test, folder: string, env: Record<string, string> = {}): Promise<Run> => {
  const address = `127.0.0.1:${await freePort()}`
  const { PATH, HOME, TMPDIR } = process.env
  const npm = spawn('npm', ['start'], {
    cwd: folder,
    env: { PATH, HOME, TMPDIR, LOG_LEVEL: 'warn', HTTP_ADDR: address, PGDATA: '/nowhere', PGHOST: 'nowhere', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  t.teardown(() => {
    try {
      process.kill(-Number(npm.pid), 'SIGKILL')
    } catch {
      // It has ended.
    }
  })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  for (const deadline = Date.now() + 120_000; !output.includes('Messenger is at'); await sleep(50)) {
    if (npm.exitCode !== null || Date.now() > deadline) throw new Error(`npm start does not start: ${output}`)
  }
  return { npm, url: `http://${address}`, output: () => output }
}

const end = async (npm: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  const exit = once(npm, 'exit')
  npm.kill(signal)
  await exit
  return npm.exitCode
}

const register = async ({ url }: Run, username: string): Promise<Registered> => {
  const reply = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'a long password' }),
  })
  return (await reply.json()) as Registered
}

/** Whether a user of an earlier run is still there and his token still good. */
const knows = async ({ url }: Run, { token, user }: Registered): Promise<boolean> => {
  const reply = await fetch(`${url}/api/users/${user.id}`, { headers: { authorization: `Bearer ${token}` } })
  return reply.status === 200
}

t.test('npm start needs nothing, keeps data and secret, and survives every end', async (t) => {
  const folder = await clone(t)
  /** The number of the database's process; none after it was stopped in order. */
  const postmaster = async (): Promise<string | undefined> => {
    const text = await readFile(join(folder, '.data/postgres/data/postmaster.pid'), 'utf8').catch(() => undefined)
    return text?.split('\n')[0]
  }

  // 1. From nothing; SIGTERM reaches npm alone.
  const first = await npmStart(t, folder)
  t.match(first.output(), /Messenger is at http:\/\/127\.0\.0\.1:\d+/)
  const ann = await register(first, 'ann')
  t.ok(await knows(first, ann))
  t.equal((await stat(join(folder, '.data/jwt-secret'))).mode & 0o777, 0o600)
  t.equal(await end(first.npm, 'SIGTERM'), 0, first.output())
  t.equal(await postmaster(), undefined)

  // 2. Again; then npm alone is killed, and the next start comes at once.
  const second = await npmStart(t, folder)
  t.ok(await knows(second, ann))
  await end(second.npm, 'SIGKILL')

  // 3. The server is killed with it, and leaves the database behind.
  const third = await npmStart(t, folder)
  t.ok(await knows(third, ann))
  const left = await postmaster()
  process.kill(-Number(third.npm.pid), 'SIGKILL')
  t.ok(left)

  // 4. It is taken over. Ctrl-C reaches the whole group, and the server a second time by way of npm.
  const fourth = await npmStart(t, folder)
  t.ok(await knows(fourth, ann))
  t.equal(await postmaster(), left)
  const ended = once(fourth.npm, 'exit')
  process.kill(-Number(fourth.npm.pid), 'SIGINT')
  t.same((await ended)[0], 0, fourth.output())
  t.equal(await postmaster(), undefined)

  // 5. With DB_HOST it uses that database and starts none.
  const run = await npmStart(t, folder, await createDatabase(t))
  t.ok(await knows(run, await register(run, 'ann')))
  t.notOk(await knows(run, ann))
  t.equal(await postmaster(), undefined)
  t.equal(await end(run.npm, 'SIGTERM'), 0, run.output())
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { Registered } from '../schemas/auth.ts'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { freePort } from '../src/db/embedded/postmaster.ts'
import { createDatabase, type Environment, type Test } from './tools/database.ts'

export { connect, createDatabase, type Environment, type Test } from './tools/database.ts'
export { startPostgres } from './tools/postgres.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The `JWT_SECRET` of every server that is started here. */
export const SECRET = 'a secret for tests, of 32 bytes or more'

const quiet: Environment = { JWT_SECRET: SECRET, RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }

/** The real application on a database of its own, as production builds it; `env` overrides variables. */
export const build = async (t: Test, env: Environment = {}): Promise<FastifyInstance> => {
  const database = env['DB_HOST'] === undefined ? await createDatabase(t) : {}
  const app = await buildApp(readConfig({ ...quiet, ...database, ...env }))
  t.teardown(() => app.close())
  await app.ready()
  return app
}

/** Listens on a free port of the loopback; returns the address without a slash at its end. */
export const listen = async (t: Test, app: FastifyInstance): Promise<string> => {
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** A new user of the application, with a token for him. */
export const register = async (app: FastifyInstance, username: string): Promise<Registered> => {
  const reply = await app.inject({
    method: 'POST',
    url: '/api/auth/register',
    payload: { username, password: `password of ${username}`.slice(0, 60) },
  })
  if (reply.statusCode !== 201) throw new Error(`can't register ${username}: ${reply.statusCode} ${reply.body}`)
  return reply.json<Registered>()
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Everything it has written so far. */
  output(): string
  /** Sends a signal and waits for the end; null is the exit code of a process that the signal killed. */
  kill(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts the built server as a process on a free port, by default on a database of its own, and waits until it serves. */
export const startServer = async (t: Test, env: Environment = {}): Promise<ServerProcess> => {
  const database = env['DB_HOST'] === undefined ? await createDatabase(t) : {}
  const address = env['HTTP_ADDR'] ?? `127.0.0.1:${await freePort()}`
  const child = spawn(process.execPath, ['dist/src/server.js'], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...quiet, LOG_LEVEL: 'warn', ...database, ...env, HTTP_ADDR: address },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))

  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
    return child.exitCode
  }
  t.teardown(() => kill('SIGKILL'))

  const url = `http://${address}`
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    const reply = await fetch(`${url}/health/live`).catch(() => undefined)
    if (reply?.ok === true) return { url, child, output: () => output, kill }
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server does not start: ${output}`)
  }
}

// `npm start`: the server with all that it needs, and with nothing set up: a PostgreSQL of its own and a secret, both
// kept in `.data/`. What the environment says goes first.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from './config.ts'
import { startEmbedded } from './db/embedded.ts'
import { serve } from './server.ts'

const directory = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../.data' : '../../.data', import.meta.url))

/** The kept secret. Linked to its name when it is complete, so that nobody reads half of it and one of two wins. */
const keepSecret = async (): Promise<string> => {
  const path = join(directory, 'jwt-secret')
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(draft, randomBytes(32).toString('hex'), { mode: 0o600 })
  await link(draft, path).catch(() => undefined)
  await rm(draft)
  return readFile(path, 'utf8')
}

/** Starts the embedded database unless there is another; adds how to reach it. */
const provideDatabase = async (env: Environment): Promise<{ env: Environment; stop: () => Promise<void> }> => {
  if (env['DB_HOST']) return { env, stop: async () => undefined }
  const { host, port, user, password, database, path, stop } = await startEmbedded({ directory })
  process.stdout.write(`The database is in ${path}\n`)
  const reach = { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database }
  return { env: { ...env, ...reach, DB_SSLMODE: 'disable' }, stop }
}

/** Stops with npm: if that is killed, nobody tells us, but somebody else becomes our parent. */
const followParent = (): void => {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

const main = async (): Promise<void> => {
  // Until the server answers signals itself, one is remembered.
  let signalled: NodeJS.Signals | undefined
  const remember = (signal: NodeJS.Signals): void => {
    signalled = signal
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, remember)
  if (process.env['npm_lifecycle_event'] === 'start') followParent()

  const { env, stop } = await provideDatabase(process.env)
  if (signalled !== undefined) {
    await stop()
    process.exit(0)
  }
  const url = await serve({ ...env, JWT_SECRET: env['JWT_SECRET'] || (await keepSecret()) }, stop)
  for (const signal of signals) process.off(signal, remember)
  if (signalled !== undefined) process.kill(process.pid, signalled)
  else process.stdout.write(`Messenger is at ${url}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`messenger: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

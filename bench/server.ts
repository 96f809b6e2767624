import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type postgres from 'postgres'
import { freePort } from '../src/db/embedded/postmaster.ts'
import { onExit } from './cleanup.ts'
import { processCpuMs, residentBytes } from './cpu.ts'

import type { Cluster } from './postgres.ts'

/** The two that are compared. */
export const systems = ['baseline', 'messenger'] as const
export type System = (typeof systems)[number]

/** A server under test: a process of its own and its database. */
export interface Server {
  readonly system: System
  readonly url: URL
  readonly sql: postgres.Sql
  readonly secret: string
  readonly database: string
  cpuMs(): number
  residentBytes(): number
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** The arguments of node that `npm run serve` uses: what is measured is what a user starts. */
const serveCommand = async (): Promise<string[]> => {
  const { scripts = {} } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as {
    scripts?: { serve?: string }
  }
  const words = (scripts.serve ?? '').split(/\s+/)
  const args = words.slice(words.indexOf('node') + 1)
  return words.includes('node') ? args : ['dist/src/server.js']
}

const waitUntilHealthy = async (url: URL, child: ChildProcess, said: () => string): Promise<void> => {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}:\n${said()}`)
    const health = await fetch(new URL('/health', url)).catch(() => undefined)
    await health?.body?.cancel()
    if (health?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`the server does not become healthy:\n${said()}`)
}

/**
 * Starts one of the two servers on a free port of the loopback, without rate limits.
 * @param database an existing database; the server makes its tables in there
 */
export const startServer = async (
  system: System,
  cluster: Cluster,
  database: string,
  secret: string,
): Promise<Server> => {
  const port = await freePort()
  const args = system === 'baseline' ? ['--import', 'tsx', 'bench/baseline.ts'] : await serveCommand()
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      ...cluster.env(database),
      HTTP_ADDR: `127.0.0.1:${port}`,
      JWT_SECRET: secret,
      RATE_LIMIT: 'off',
      // Written plainly, a server has no native addon for its frames.
      ...(system === 'baseline' && { WS_NO_BUFFER_UTIL: '1' }),
    },
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
  onExit(stop)
  const url = new URL(`http://127.0.0.1:${port}`)
  await waitUntilHealthy(url, child, () => output)
  const pid = child.pid ?? 0
  const sql = cluster.connect(database)
  return {
    ...{ system, url, sql, secret, database, stop },
    cpuMs: () => processCpuMs(pid),
    residentBytes: () => residentBytes(pid),
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Embedded, startEmbedded } from '../../src/db/embedded.ts'
import type { Reply } from './cloud.ts'

/** What `docker compose` would run on a VM: a real PostgreSQL on the data folder, and the real, built server. */
export interface Stack {
  /** While set, the server does not start: a release that is broken. */
  broken: boolean
  /** Whether the server runs. */
  readonly running: boolean
  /** Exit codes of the servers that were stopped. */
  readonly exits: (number | null)[]
  compose(args: readonly string[]): Promise<Reply>
  kill(): Promise<void>
}

/** Makes the stack of one VM: `server` is the program, `dataFolder` what is mounted, `host` where it listens. */
export const createStack = (options: {
  server: string
  dataFolder: string
  host: string
  port: number
  secret: string
}): Stack => {
  const { server, dataFolder, host, port } = options
  let database: Embedded | undefined
  let child: ChildProcess | undefined

  const startDatabase = async (): Promise<void> => {
    database ??= await startEmbedded({ directory: dataFolder, fsync: false })
  }

  const startServer = async (): Promise<void> => {
    if (child !== undefined) return
    if (stack.broken || database === undefined) throw new Error('container messenger-server is unhealthy')
    child = spawn(process.execPath, [join(server, 'dist/src/server.js')], {
      cwd: server,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        NODE_ENV: 'production',
        HTTP_ADDR: `${host}:${port}`,
        JWT_SECRET: options.secret,
        DB_HOST: database.host,
        DB_PORT: String(database.port),
        DB_USER: database.user,
        DB_PASSWORD: database.password,
        DB_NAME: database.database,
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'silent',
      },
    })
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      const healthy = await fetch(`http://${host}:${port}/health`)
        .then((reply) => reply.ok)
        .catch(() => false)
      if (healthy) return
      await sleep(30)
    }
    throw new Error('container messenger-server is unhealthy')
  }

  const stopServer = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined) return
    if (running.exitCode === null) {
      const exit = once(running, 'exit')
      running.kill(signal)
      await exit
    }
    stack.exits.push(running.exitCode)
  }

  const stopDatabase = async (): Promise<void> => {
    const running = database
    database = undefined
    await running?.stop()
  }

  const obey = async (args: readonly string[]): Promise<void> => {
    const command = args.join(' ')
    if (command.startsWith('up --detach --wait')) {
      await startDatabase()
      if (!command.endsWith('postgres')) await startServer()
    } else if (command.startsWith('down')) {
      await stopServer()
      await stopDatabase()
    } else if (!/^(exec -T postgres|logs)/.test(command)) throw new Error(`docker: not known here: ${command}`)
  }

  const stack: Stack = {
    broken: false,
    exits: [],
    get running() {
      return child !== undefined
    },
    compose: (args) =>
      obey(args).then(
        () => [0, ''] as const,
        (error: Error) => [1, error.message] as const,
      ),
    kill: async () => {
      await stopServer('SIGKILL')
      await stopDatabase()
    },
  }
  return stack
}

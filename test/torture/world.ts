import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/db/embedded/postmaster.ts'
import { startPostgres, type Victim } from './postgres.ts'
import { type Link, openLink } from './proxy.ts'
import { createServerProcess, type ServerProcess } from './server-process.ts'
import { mintToken } from './token.ts'

/** A whole installation of its own: PostgreSQL and the server as processes, and a link before each. */
export interface World {
  readonly postgres: Victim
  readonly server: ServerProcess
  /** Clients to server. */
  readonly clients: Link
  /** Server to PostgreSQL. */
  readonly queries: Link
  readonly token: (user: string) => string
  /** Registers users straight in the database. @returns their ids */
  readonly addUsers: (count: number) => Promise<string[]>
  /** @returns milliseconds until `GET /health` says 200, at most `limit` */
  readonly untilHealthy: (limit: number) => Promise<number>
  readonly stop: () => Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The compiled server, as production runs it. `npm run build` makes it. */
export const builtServer = [join(root, 'dist/src/server.js')]

/**
 * Starts everything and waits until it is healthy.
 * @param command what node runs as the server
 * @param env environment of the server besides what connects it
 */
export const startWorld = async (command: readonly string[], env: Record<string, string> = {}): Promise<World> => {
  const directory = await mkdtemp(join(tmpdir(), 'messenger-torture-'))
  // PostgreSQL may have to run as another user than us.
  await chmod(directory, 0o711)
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  const secret = randomBytes(32).toString('base64url')

  /** The last resort, should this process end without `stop`. */
  const slaughter: (() => void)[] = []
  const onExit = () => {
    for (const step of slaughter) step()
  }
  process.once('exit', onExit)
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
    process.off('exit', onExit)
  }

  try {
    const postgres = await startPostgres(directory)
    undo.push(postgres.stop)
    slaughter.push(postgres.abandon)
    const queries = await openLink({ host: '127.0.0.1', port: postgres.port })
    undo.push(queries.close)
    const server = createServerProcess({
      port: await freePort(),
      command,
      env: {
        DB_HOST: '127.0.0.1',
        DB_PORT: String(queries.port),
        DB_USER: postgres.user,
        DB_PASSWORD: postgres.password,
        DB_NAME: postgres.database,
        JWT_SECRET: secret,
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
        ...env,
      },
    })
    undo.push(server.kill)
    slaughter.push(server.abandon)
    const clients = await openLink({ host: '127.0.0.1', port: server.port })
    undo.push(clients.close)

    const untilHealthy = async (limit: number) => {
      const since = performance.now()
      while ((await server.health()) !== 200 && performance.now() - since < limit) await sleep(50)
      return performance.now() - since
    }
    const addUsers = async (count: number) => {
      const sql = postgres.connect()
      const names = Array.from({ length: count }, () => `u${randomBytes(8).toString('hex')}`)
      const rows = await sql<{ id: string }[]>`
        insert into users (username, password_hash, username_key)
        select name, 'none', name from unnest(${names}::text[]) as name returning id`
      await sql.end()
      return rows.map(({ id }) => id)
    }
    await server.start()
    if ((await untilHealthy(60_000)) >= 60_000) throw new Error(`the server is not healthy:\n${server.log()}`)
    const token = (user: string) => mintToken(secret, user)
    return { postgres, server, clients, queries, token, addUsers, untilHealthy, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

import { readFile, readlink, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './command.ts'
import type { Home } from './home.ts'

/** A running PostgreSQL server. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
}

/** A TCP port of the loopback that nobody listens on right now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const readPidFile = async (path: string): Promise<Postmaster | undefined> => {
  const [pid, , , port] = (await readFile(path, 'utf8').catch(() => '')).split('\n')
  return pid && port ? { pid: Number(pid), port: Number(port) } : undefined
}

/** A postmaster works in its data folder. Where there is no /proc, PostgreSQL's own check has to do. */
const worksIn = async (pid: number, data: string): Promise<boolean> => {
  if ((await readlink('/proc/self').catch(() => undefined)) === undefined) return true
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === data
}

/** The server that runs on this data, whoever started it. */
export const findPostmaster = async (home: Home): Promise<Postmaster | undefined> => {
  const found = await readPidFile(join(home.data, 'postmaster.pid'))
  return found !== undefined && (await worksIn(found.pid, home.data)) ? found : undefined
}

/**
 * After a crash of the machine, or in a new container, the number in a left-over postmaster.pid may be that of some
 * other process by now, and PostgreSQL would refuse to start. It is moved away, unless it has just been replaced.
 */
const dropStalePidFile = async (home: Home): Promise<void> => {
  const path = join(home.data, 'postmaster.pid')
  const stale = await readPidFile(path)
  if (stale === undefined || (await worksIn(stale.pid, home.data))) return
  const aside = `${path}.${stale.pid}.stale`
  await rename(path, aside).catch(() => undefined)
  const moved = await readPidFile(aside)
  if (moved !== undefined && (await worksIn(moved.pid, home.data))) await rename(aside, path)
  else await rm(aside, { force: true })
}

/** Starts the server and waits until it takes connections. */
export const startPostmaster = async (home: Home, port: number, settings: Record<string, string>): Promise<void> => {
  await dropStalePidFile(home)
  const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  // pg_ctl hands this to a shell.
  const options = Object.entries(all).map(([name, value]) => `-c '${`${name}=${value}`.replaceAll("'", '')}'`)
  const { code, output } = await run(
    home.pgCtl,
    ['start', '--pgdata', home.data, '--log', home.log, '--wait', '--timeout', '120', '--options', options.join(' ')],
    home.account,
  )
  if (code === 0) return
  const log = await readFile(home.log, 'utf8').catch(() => '')
  throw new Error(`PostgreSQL does not start: ${output}\n${log.split('\n').slice(-8).join('\n')}`)
}

/**
 * Stops the server: the connections are cut, what is committed is on disk. It is named by its number, and not by its
 * folder as for `pg_ctl stop`: the folder may have another owner and another server before we notice.
 */
export const stopPostmaster = async (home: Home): Promise<void> => {
  const server = await findPostmaster(home)
  if (server === undefined) return
  for (const signal of ['INT', 'QUIT'] as const) {
    await run(home.pgCtl, ['kill', signal, String(server.pid)], home.account)
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
      if ((await findPostmaster(home))?.pid !== server.pid) return
    }
  }
}

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { NAME, openHome } from '../../src/db/embedded/home.ts'
import { findPostmaster, freePort, startPostmaster, stopPostmaster } from '../../src/db/embedded/postmaster.ts'

/** A PostgreSQL server that may be killed and frozen; its port and its data stay the same. */
export interface Victim {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Ends it from an `exit` handler, where nothing can be waited for. */
  readonly abandon: () => void
  /** Starts it; after a crash it recovers first. */
  readonly start: () => Promise<void>
  /** Ends it without a checkpoint: SIGKILL of the postmaster, or SIGQUIT, its "immediate" stop. */
  readonly kill: (signal: 'SIGKILL' | 'SIGQUIT') => Promise<void>
  /** Stops every one of its processes in the middle of what they do. */
  readonly freeze: () => Promise<void>
  readonly thaw: () => void
  /** A connection that no proxy touches. The caller ends it. */
  readonly connect: () => Sql
  readonly stop: () => Promise<void>
}

/** All processes by their parent, from /proc. */
const childrenOf = async (parent: number): Promise<number[]> => {
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The command's name stands in parentheses and may hold anything; the parent is the second field after it.
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) children.push(Number(name))
  }
  return children
}

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch {
    // It has gone already.
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * Starts PostgreSQL with everything that durability asks for.
 * @param directory where its data goes; the caller removes it
 */
export const startPostgres = async (directory: string): Promise<Victim> => {
  const home = await openHome(directory, true)
  const port = await freePort()
  const address = { host: '127.0.0.1', port, user: NAME, password: home.password }
  const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', restart_after_crash: 'on' }
  let frozen: number[] = []
  let postmaster: number | undefined

  const connect = (database = NAME) => postgres({ ...address, database, max: 2, onnotice: () => undefined })

  const thaw = () => {
    for (const pid of frozen.splice(0)) signal(pid, 'SIGCONT')
  }

  const start = async () => {
    // Orphans of a killed postmaster hold its shared memory until they notice.
    for (let attempt = 1; ; attempt += 1) {
      try {
        await startPostmaster(home, port, settings)
        postmaster = (await findPostmaster(home))?.pid
        return
      } catch (error) {
        if (attempt === 120) throw error
        await sleep(250)
      }
    }
  }

  const kill = async (name: 'SIGKILL' | 'SIGQUIT') => {
    const pid = (await findPostmaster(home))?.pid
    if (pid === undefined) return
    thaw()
    signal(pid, name)
    while (isAlive(pid)) await sleep(10)
  }

  const freeze = async () => {
    const pid = (await findPostmaster(home))?.pid
    if (pid === undefined) return
    // The postmaster first: it starts no new children then.
    frozen = [pid]
    signal(pid, 'SIGSTOP')
    frozen.push(...(await childrenOf(pid)))
    for (const child of frozen) signal(child, 'SIGSTOP')
  }

  const abandon = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT')
    if (postmaster !== undefined) signal(postmaster, 'SIGQUIT')
  }

  const stop = async () => {
    thaw()
    await stopPostmaster(home)
  }

  await start()
  const admin = connect('postgres')
  await admin.unsafe(`create database ${NAME}`)
  await admin.end()
  return { ...address, database: NAME, abandon, start, kill, freeze, thaw, connect: () => connect(), stop }
}

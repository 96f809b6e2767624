import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { chooseAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { type Account, run, succeeds } from './command.ts'

/** The name of the superuser and of the database. */
export const NAME = 'messenger'

/** A folder with an initialized database cluster (`data`), its log and its superuser's password. */
export interface Home {
  readonly path: string
  readonly data: string
  readonly log: string
  readonly password: string
  readonly account: Account | undefined
  readonly pgCtl: string
}

const exists = (path: string): Promise<boolean> => stat(path).then(Boolean, () => false)

/** A new folder that the account can really reach and write to, or nothing. */
const tryFolder = async (prefix: string, account: Account | undefined): Promise<string | undefined> => {
  try {
    const folder = await mkdtemp(prefix)
    try {
      if (account !== undefined) await chown(folder, account.uid, account.gid)
      if (await succeeds('cd "$1" && : > probe && rm probe', [folder], account)) return folder
    } catch {
      // A file system without owners: as good as out of reach.
    }
    await rm(folder, { recursive: true })
  } catch {
    // Not ours to write to.
  }
  return undefined
}

const makeFolder = async (directory: string, account: Account | undefined): Promise<string> => {
  // Another user than us may not be able to reach a project below /root, for example.
  const prefixes = [
    join(directory, 'postgres-'),
    ...(account === undefined ? [] : ['/var/lib/messenger-', '/var/tmp/messenger-']),
  ]
  for (const prefix of prefixes) {
    const folder = await tryFolder(prefix, account)
    if (folder !== undefined) return folder
  }
  throw new Error(`No place for the database: can't write to ${prefixes.map((prefix) => dirname(prefix)).join(', ')}`)
}

const initialize = async (folder: string, account: Account | undefined, sync: boolean): Promise<void> => {
  const { initdb } = await findBinaries(folder, account)
  const password = join(folder, 'password')
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (account !== undefined) await chown(password, account.uid, account.gid)
  const { code, output } = await run(
    initdb,
    [
      ...['--pgdata', join(folder, 'data'), '--username', NAME, '--pwfile', password, '--auth', 'scram-sha-256'],
      // Independent of the locales that the machine happens to have.
      ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...['--data-checksums', '--no-instructions', ...(sync ? [] : ['--no-sync'])],
    ],
    account,
  )
  if (code !== 0) throw new Error(`initdb failed: ${output}`)
}

/** Whoever comes second finds the place taken, by a finished folder, and drops his own. */
const publish = async (folder: string, place: string): Promise<void> => {
  try {
    if (dirname(folder) === dirname(place)) await rename(folder, place)
    else await symlink(folder, place)
  } catch (error) {
    await rm(folder, { recursive: true })
    if (!(await exists(place))) throw error
  }
}

const create = async (place: string, sync: boolean): Promise<void> => {
  // A link to a folder that is gone.
  if ((await lstat(place).catch(() => undefined))?.isSymbolicLink()) await rm(place)
  const account = await chooseAccount(place)
  // Passable for the other user; what is secret in there has its own mode.
  if (account !== undefined) await chmod(dirname(place), 0o711)
  const folder = await makeFolder(dirname(place), account)
  try {
    await initialize(folder, account, sync)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  await publish(folder, place)
}

/**
 * Finds the cluster at `directory`/postgres, or makes it. Where PostgreSQL must run as another user who can't reach
 * that place, it is a link to a folder elsewhere.
 */
export const openHome = async (directory: string, sync: boolean): Promise<Home> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const place = join(await realpath(directory), 'postgres')
  if (!(await exists(place))) await create(place, sync)

  const path = await realpath(place)
  const account = await chooseAccount(path)
  const password = await readFile(join(path, 'password'), 'utf8').catch((cause: Error) => {
    throw new Error(`Can't open the database in ${path}, is it another user's? (${cause.message})`, { cause })
  })
  const { pgCtl } = await findBinaries(path, account)
  return { path, data: join(path, 'data'), log: join(path, 'log'), password, account, pgCtl }
}

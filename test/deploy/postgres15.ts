import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/db/embedded/postmaster.ts'
import { type Test, temporaryFolder } from './tools.ts'

const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().reverse() : []
const binaries = versions
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((path) => existsSync(join(path, 'pg_dump')))

/** Why backups cannot be tried here: unlike the embedded server, they need pg_dump and pg_restore. */
export const skipBackups =
  binaries === undefined
    ? 'pg_dump is not installed, so backups were NOT checked: apt-get install postgresql'
    : execFileSync(join(binaries, 'psql'), ['--version'], { encoding: 'utf8' }).match(/ (1[5-9]|[2-9]\d)/) === null &&
      'psql is older than 15, so backups were NOT checked'

/** A PostgreSQL of the distribution, as the container has it: local connections need no password. */
export interface Container {
  readonly port: number
  /** A folder with a `docker` that runs `compose exec -T postgres …` here; put it first in PATH. */
  readonly bin: string
  readonly data: string
}

/** What plays the container's part of `docker compose`: its variables and its programs, and no server to stop. */
const docker = (port: number): string => `#!/usr/bin/env bash
set -euo pipefail
[ "$1 $2" = 'compose --project-directory' ] || exit 64
shift 3
export POSTGRES_USER=messenger POSTGRES_PASSWORD="it's a \\"new\\" pass" POSTGRES_DB=messenger PGHOST=127.0.0.1 PGPORT=${port}
export PATH=${binaries}:$PATH
case "$*" in
  'exec -T postgres '*) shift 3; exec "$@" ;;
  'stop server' | 'up --detach --wait server') echo "$*" >>"$(dirname "$0")/log" ;;
  *) echo "docker: not known here: $*" >&2; exit 64 ;;
esac
`

/** Starts it with an empty database `messenger`; it ends with the test. */
export const startContainer = async (t: Test): Promise<Container> => {
  if (binaries === undefined) throw new Error('no PostgreSQL')
  const folder = await temporaryFolder(t)
  const data = join(folder, 'data')
  const bin = join(folder, 'bin')
  for (const each of [data, bin]) await mkdir(each)
  const account = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {}
  if (account.uid !== undefined) chownSync(data, account.uid, account.gid)
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'messenger', '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8'],
    {
      ...account,
      stdio: 'ignore',
      cwd: data,
    },
  )
  const port = await freePort()
  const settings = ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const child: ChildProcess = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...account,
    cwd: data,
    stdio: 'ignore',
  })
  t.teardown(() => child.kill('SIGQUIT'))
  await writeFile(join(bin, 'docker'), docker(port))
  await chmod(join(bin, 'docker'), 0o755)
  await symlink(join(binaries, 'psql'), join(bin, 'psql'))
  for (let attempt = 0; ; attempt += 1) {
    try {
      execFileSync(
        join(binaries, 'psql'),
        ['-h', '127.0.0.1', '-p', String(port), '-U', 'messenger', '-d', 'postgres', '-c', 'create database messenger'],
        {
          stdio: 'ignore',
        },
      )
      return { port, bin, data }
    } catch (error) {
      if (attempt > 1_200) throw error
      await sleep(50)
    }
  }
}

const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import postgres from 'postgres'
import t from 'tap'
import { WebSocket } from 'ws'
import { build, listen, register } from '../helper.ts'
import { skipBackups, startContainer } from './postgres15.ts'
import { execute, findProgram, root, temporaryFolder } from './tools.ts'

const files = join(root, 'terraform/cloud-init/files')
const skip =
  skipBackups ||
  (findProgram('rclone') === undefined &&
    'rclone is not installed, so backups were NOT checked: apt-get install rclone')

/** The first frame that a socket gets. */
const firstFrame = (url: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.on('error', reject)
    socket.on('message', (data) => {
      socket.close()
      resolve(JSON.parse(data.toString()))
    })
  })

t.test(
  'a backup is stored, kept for its time, and restored into a database that clients understand',
  { skip },
  async (t) => {
    const container = await startContainer(t)
    const home = await temporaryFolder(t)
    const bucket = join(home, 'bucket')
    const data = join(home, 'data')
    await mkdir(data)
    // rclone writes to a folder as it writes to Object Storage.
    const settings = { BACKUP_BUCKET: bucket, BACKUP_KEEP_DAYS: '30', RCLONE_CONFIG_BACKUP_TYPE: 'local' }
    await writeFile(
      join(home, 'backup.env'),
      Object.entries(settings)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    )
    const env = { PATH: `${container.bin}:${process.env['PATH']}`, MESSENGER_HOME: home, DATA_DIRECTORY: data }
    const script = (name: string, ...args: string[]): string =>
      execute('bash', [join(files, `${name}.sh`), ...args], env)

    const variables = {
      DB_HOST: '127.0.0.1',
      DB_PORT: String(container.port),
      DB_USER: 'messenger',
      DB_PASSWORD: 'x',
      DB_NAME: 'messenger',
    }
    const sql = postgres({
      host: '127.0.0.1',
      port: container.port,
      user: 'messenger',
      database: 'messenger',
      max: 1,
      onnotice: () => undefined,
    })
    t.teardown(() => sql.end())
    const count = async (): Promise<unknown> =>
      (
        await sql`select (select count(*)::int from users) as users, (select count(*)::int from messages) as messages`
      )[0]

    const before = await build(t, variables)
    const ann = await register(before, 'ann')
    const bob = await register(before, 'bob')
    const send = async (payload: number[]): Promise<void> => {
      const request = {
        method: 'POST',
        url: '/api/messages',
        headers: { authorization: `Bearer ${ann.token}` },
      } as const
      const { statusCode } = await before.inject({ ...request, payload: { receiver_id: bob.user.id, payload } })
      t.equal(statusCode, 201)
    }
    for (let n = 0; n < 5; n += 1) await send([n])
    const saved = await count()

    t.match(script('backup'), /backup: messenger-\d{8}T\d{6}Z\.dump, \d+ bytes/)
    const [stored = ''] = await readdir(join(bucket, 'messenger'))
    t.match(stored, /^messenger-.*\.dump$/)

    // What is written after the backup is what a restored one lacks.
    await send([99])
    await before.close()
    await sql.end()

    // The data disk is lost with the local copy.
    await rm(join(data, 'backups'), { recursive: true })
    await mkdir(join(data, 'backups'))
    t.match(script('restore', 'latest'), `serving ${stored}`)

    const again = postgres({
      host: '127.0.0.1',
      port: container.port,
      user: 'messenger',
      database: 'messenger',
      max: 1,
    })
    t.teardown(() => again.end())
    const [restored] =
      await again`select (select count(*)::int from users) as users, (select count(*)::int from messages) as messages`
    t.same(restored, saved, 'the same users and messages')
    const kept = await again`select datname from pg_database where datname like 'messenger_before_%'`
    t.equal(kept.length, 1, 'the database as it was is kept')

    const after = await build(t, variables)
    const url = await listen(t, after)
    const sync = await after.inject({ url: '/api/sync?after=0', headers: { authorization: `Bearer ${ann.token}` } })
    t.equal(sync.json().head, 5, 'the head is the one of the backup')
    const frame = await firstFrame(`${url.replace('http', 'ws')}/ws?token=${ann.token}&after=6`)
    t.same(frame, { type: 'reset', seq: 5 }, 'a client that is ahead is told to read again')

    // Retention, and that no bad dump passes for a backup.
    execute('touch', ['-d', '40 days ago', join(bucket, 'messenger', stored)])
    // A backup is named by its second, and this test makes two in less.
    await setTimeout(1_000)
    script('backup')
    t.notOk((await readdir(join(bucket, 'messenger'))).includes(stored), 'the old one is deleted')
    await after.close()
    await again`select 1`
    await again.end()
    execute('psql', [
      '-q',
      '-h',
      '127.0.0.1',
      '-p',
      String(container.port),
      '-U',
      'messenger',
      '-d',
      'postgres',
      '-c',
      'drop database messenger',
    ])
    t.throws(() => script('backup'), 'a database that is not there is no empty backup')
    t.equal((await readdir(join(bucket, 'messenger'))).length, 1)
  },
)

t.test('the password of .env becomes the one of the database', { skip: skipBackups }, async (t) => {
  const container = await startContainer(t)
  const env = { PATH: `${container.bin}:${process.env['PATH']}`, MESSENGER_HOME: '/nowhere' }
  const script = `set -eu; compose() { docker compose --project-directory x "$@"; }; ${execute('sed', ['-n', '/^set_password/,/^}/p', join(files, 'stack.sh')])}\nset_password`
  execute('bash', ['-c', script], env)
  const sql = postgres({ host: '127.0.0.1', port: container.port, user: 'messenger', database: 'postgres', max: 1 })
  t.teardown(() => sql.end())
  const [row] =
    await sql`select rolpassword like 'SCRAM-SHA-256$%' as hashed from pg_authid where rolname = 'messenger'`
  t.equal(row?.['hashed'], true)
})

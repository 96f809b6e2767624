import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { connectClient, createDatabase } from '../tools/database.ts'

const folderOf = async (
  t: { teardown(handler: () => unknown): void },
  files: Record<string, string>,
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sql-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

t.test('applies the files of the project in order, and does nothing the second time', async (t) => {
  const client = await connectClient(t, await createDatabase(t, { empty: true }))
  const names = (await readdir(fileURLToPath(new URL('../../sql', import.meta.url)))).filter((name) => /^\d/.test(name))
  t.strictSame(await migrate(client), names.sort())
  t.strictSame(await migrate(client), [])
})

t.test('three runs at once apply each file once', async (t) => {
  const env = await createDatabase(t, { empty: true })
  const files = {
    '001-one.sql': 'create table one (n int); select pg_sleep(0.2);',
    '002-two.sql': 'insert into one values (1)',
  }
  const folder = await folderOf(t, files)
  const clients = await Promise.all(Array.from({ length: 3 }, () => connectClient(t, env)))
  const applied = await Promise.all(clients.map((client) => migrate(client, folder)))
  t.strictSame(applied.flat().sort(), ['001-one.sql', '002-two.sql'])
  t.strictSame((await clients[0]?.query('select n from one'))?.rows, [{ n: 1 }])
})

t.test('a file that fails leaves nothing behind and says where it failed', async (t) => {
  const client = await connectClient(t, await createDatabase(t, { empty: true }))
  const folder = await folderOf(t, {
    '001-one.sql': 'create table one (n int);',
    '002-bad.sql': 'create table two (n int); selec 1',
  })
  await t.rejects(migrate(client, folder), { message: /^sql\/002-bad\.sql: syntax error/ })
  const { rows } = await client.query(`select tablename from pg_tables where schemaname = 'public' order by 1`)
  t.strictSame(
    rows.map(({ tablename }) => tablename),
    ['one', 'schema_migrations'],
  )
  await writeFile(join(folder, '002-bad.sql'), 'create table two (n int)')
  t.strictSame(await migrate(client, folder), ['002-bad.sql'])
})

t.test('the timeout of the caller does not cut a migration short, and is in force again afterwards', async (t) => {
  const env = await createDatabase(t, { empty: true })
  const client = await connectClient(t, env, { statement_timeout: 100 })
  const folder = await folderOf(t, { '001-slow.sql': 'select pg_sleep(0.4)' })
  t.strictSame(await migrate(client, folder), ['001-slow.sql'])
  await t.rejects(client.query('select pg_sleep(1)'), { code: '57014' })
})

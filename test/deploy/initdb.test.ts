import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { migrateAt } from '../tools/database.ts'
import { skipBackups, startContainer } from './postgres15.ts'
import { execute, root } from './tools.ts'

const first = await readFile(join(root, 'sql/001-init.sql'), 'utf8')
const skip =
  skipBackups ||
  (!/insert into schema_migrations/i.test(first) && 'the migrations do not record themselves: NOT checked')

t.test('sql/ may be mounted as /docker-entrypoint-initdb.d', { skip }, async (t) => {
  const container = await startContainer(t)
  const env = { PATH: `${container.bin}:${process.env['PATH']}` }
  // As the entrypoint of the image does: every file, in the order of the names, until one fails.
  for (const name of (await readdir(join(root, 'sql'))).filter((each) => each.endsWith('.sql')).sort()) {
    const connection = ['-h', '127.0.0.1', '-p', String(container.port), '-U', 'messenger', '-d', 'messenger']
    t.doesNotThrow(
      () =>
        execute('psql', ['-v', 'ON_ERROR_STOP=1', '--no-psqlrc', ...connection, '-f', join(root, 'sql', name)], env),
      name,
    )
  }
  const at = { host: '127.0.0.1', port: container.port, user: 'messenger', database: 'messenger' }
  t.same(await migrateAt(at), [], 'the server finds everything there')
})

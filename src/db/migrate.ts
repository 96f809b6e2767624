import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Client } from 'pg'

/** Any number that nothing else in this database locks. */
const LOCK = 7_366_110
const FILE_NAME = /^\d{3}-[a-z0-9-]+\.sql$/

/** The project's `sql/`, seen from `src/db` as well as from `dist/src/db`. */
const findFolder = async (): Promise<string> => {
  for (const relative of ['../../sql/', '../../../sql/']) {
    const folder = fileURLToPath(new URL(relative, import.meta.url))
    if ((await readdir(folder).catch(() => [])).some((name) => FILE_NAME.test(name))) return folder
  }
  throw new Error('The folder sql/ with the migrations is missing')
}

/**
 * Brings the schema up to date and returns the names of the files that it applied. Several processes may do so at
 * once: they queue on a lock. A file is applied whole or not at all.
 */
export const migrate = async (client: Client, folder?: string): Promise<string[]> => {
  const path = folder ?? (await findFolder())
  const files = (await readdir(path)).filter((name) => FILE_NAME.test(name)).sort()
  try {
    await client.query(`set statement_timeout = 0; set client_min_messages = warning; select pg_advisory_lock(${LOCK})`)
    await client.query(`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
    const applied = new Set(rows.map(({ name }) => name))
    const names = files.filter((name) => !applied.has(name))
    for (const name of names) {
      const text = await readFile(`${path}/${name}`, 'utf8')
      // Statements sent as one message are one transaction.
      await client
        .query(`${text}\n;insert into schema_migrations (name) values ('${name}') on conflict do nothing`)
        .catch((cause: Error) => {
          throw new Error(`sql/${name}: ${cause.message}`, { cause })
        })
    }
    return names
  } finally {
    const settings = 'reset statement_timeout; reset client_min_messages'
    await client.query(`select pg_advisory_unlock(${LOCK}); ${settings}`).catch(() => undefined)
  }
}

import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type postgres from 'postgres'

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
export const migrate = async (sql: postgres.Sql, folder?: string): Promise<string[]> => {
  const path = folder ?? (await findFolder())
  const files = (await readdir(path)).filter((name) => FILE_NAME.test(name)).sort()
  // A lock of a session needs one connection that stays the same.
  const connection = await sql.reserve()
  try {
    await connection.unsafe(
      `set statement_timeout = 0; set client_min_messages = warning; select pg_advisory_lock(${LOCK})`,
    )
    await connection.unsafe(`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now())`)
    const rows = await connection<{ name: string }[]>`select name from schema_migrations`
    const applied = new Set(rows.map(({ name }) => name))
    const names = files.filter((name) => !applied.has(name))
    for (const name of names) {
      const text = await readFile(`${path}/${name}`, 'utf8')
      // Statements sent as one message are one transaction, even if the connection is a new one by now, without our
      // lock: then the second insert of the file's name, by the file itself, undoes the rest.
      await connection
        .unsafe(`${text}\n;insert into schema_migrations (name) values ('${name}') on conflict do nothing`)
        .catch((cause: Error) => {
          throw new Error(`sql/${name}: ${cause.message}`, { cause })
        })
    }
    return names
  } finally {
    const settings = 'reset statement_timeout; reset client_min_messages'
    await connection.unsafe(`select pg_advisory_unlock(${LOCK}); ${settings}`).catch(() => undefined)
    connection.release()
  }
}

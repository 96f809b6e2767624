import { randomBytes } from 'node:crypto'
import { Client, type ClientConfig } from 'pg'
import postgres from 'postgres'
import { createDirectSocket } from '../../src/db/direct-socket.ts'
import { migrate } from '../../src/db/migrate.ts'

/** What the helpers need of a tap test. */
export interface Test {
  teardown(handler: () => unknown): void
}

/** Environment variables of the server. */
export type Environment = Record<string, string>

/** What the runner tells about its server. */
const runner = (name: string): string => {
  const value = process.env[`TEST_DB_${name}`]
  if (value === undefined)
    throw new Error('Tests need the database that the runner starts: npm test -- test/the-file.test.ts')
  return value
}

const asAdministrator = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres({
    ...{ host: runner('HOST'), port: Number(runner('PORT')), user: runner('USER'), password: runner('PASSWORD') },
    ...{ database: 'postgres', max: 1, onnotice: () => undefined },
  })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/**
 * A migrated database without rows for one test, or one without any tables; returns the `DB_*` variables that lead to
 * it.
 */
export const createDatabase = async (t: Test, { empty = false } = {}): Promise<Environment> => {
  const name = `test_${randomBytes(8).toString('hex')}`
  const template = empty ? 'template0' : runner('TEMPLATE')
  await asAdministrator((sql) => sql.unsafe(`create database ${name} template ${template} strategy file_copy`))
  t.teardown(() => asAdministrator((sql) => sql.unsafe(`drop database ${name} with (force)`)))
  return {
    DB_HOST: runner('HOST'),
    DB_PORT: runner('PORT'),
    DB_USER: runner('USER'),
    DB_PASSWORD: runner('PASSWORD'),
    DB_NAME: name,
  }
}

/** A direct connection to a database, to look behind the application's back. */
export const connect = (
  t: Test,
  env: Environment,
  options: { max?: number; statement_timeout?: number } = {},
): postgres.Sql => {
  const { max = 4, ...connection } = options
  const sql = postgres({
    host: env['DB_HOST'] ?? '',
    port: Number(env['DB_PORT']),
    user: env['DB_USER'] ?? '',
    password: env['DB_PASSWORD'] ?? '',
    database: env['DB_NAME'] ?? '',
    max,
    connection,
    onnotice: () => undefined,
  })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

/** A connection of the kind that the application has. */
export const connectClient = async (
  t: Test,
  env: Environment,
  options: { statement_timeout?: number } = {},
): Promise<Client> => {
  const client = new Client({
    ...{ host: env['DB_HOST'] ?? '', port: Number(env['DB_PORT']), user: env['DB_USER'] ?? '' },
    ...{ password: env['DB_PASSWORD'] ?? '', database: env['DB_NAME'] ?? '', ssl: false, ...options },
    stream: createDirectSocket,
  })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** Migrates a database over a connection of its own. */
export const migrateAt = async (at: ClientConfig): Promise<string[]> => {
  const client = new Client({ ssl: false, ...at })
  await client.connect()
  try {
    return await migrate(client)
  } finally {
    await client.end()
  }
}

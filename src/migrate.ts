// `npm run migrate`: brings the schema of the configured database up to date, says what it did and ends.
import { DatabaseError } from 'pg'
import { ConfigError, readConfig } from './config.ts'
import { isConnectionFault, openGeneration } from './db/generation.ts'
import { migrate } from './db/migrate.ts'

const main = async (): Promise<void> => {
  // Only the database's variables count here, and a secret need not be at hand.
  const { db } = readConfig({ ...process.env, JWT_SECRET: 'not used' })
  /** What PostgreSQL itself says is worth reading; of a connection that is not there, that it is not. */
  const explain = (error: unknown): never => {
    if (error instanceof DatabaseError && !isConnectionFault(error)) throw error
    throw new Error(`no connection to the database at ${db.host}:${db.port}`)
  }
  const connections = await openGeneration(db).catch(explain)
  const names = await Promise.race([migrate(connections.heartbeat), connections.failure.then(explain)]).catch(explain)
  connections.destroy()
  for (const name of names) process.stdout.write(`applied ${name}\n`)
  if (names.length === 0) process.stdout.write('the schema is up to date\n')
}

try {
  await main()
  process.exit(0)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`messenger: ${error instanceof ConfigError ? message : message.replaceAll('\n', ' ')}\n`)
  process.exit(1)
}

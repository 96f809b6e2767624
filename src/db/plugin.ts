import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { createDatabase, type Database } from './database.ts'
import { migrate } from './migrate.ts'

/** Adds `app.db`, opens it before the first request and closes it after the last. Never waits long for PostgreSQL. */
export const dbPlugin = fp<{ config: Config['db'] }>(
  async function db(app, { config }) {
    const database = createDatabase(config, { log: app.log, migrate })
    app.decorate('db', database)
    await database.start()
    app.addHook('onClose', () => database.close())
  },
  { name: 'db' },
)

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
  }
}

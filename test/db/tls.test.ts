import { chmod, chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sql from 'sql-template-tag'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { startEmbedded } from '../../src/db/embedded.ts'
import { openGeneration } from '../../src/db/generation.ts'
import { SECRET } from '../helper.ts'

const fixture = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url))

/** A PostgreSQL that offers TLS as `localhost`, with a certificate of the test authority. */
const startServer = async (t: Test) => {
  const directory = await mkdtemp(join(tmpdir(), 'tls-'))
  const options = { directory, fsync: false }
  const first = await startEmbedded(options)
  t.teardown(() => Promise.all([directory, first.path].map((path) => rm(path, { recursive: true, force: true }))))
  await first.stop()
  const data = join(first.path, 'data')
  const { uid, gid } = await stat(data)
  for (const name of ['server.crt', 'server.key']) {
    const path = join(data, name)
    await copyFile(fixture(name), path)
    await chmod(path, 0o600)
    await chown(path, uid, gid)
  }
  const server = await startEmbedded({ ...options, settings: { ssl: 'on' } })
  t.teardown(() => server.stop())
  return server
}

t.test('each mode of TLS demands what it says, and gets it on every connection', async (t) => {
  const { port, user, password, database } = await startServer(t)
  const at = { DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database, JWT_SECRET: SECRET }
  /** Whether the connections of the pool and of messages are encrypted, or why there are none. */
  const reach = async (DB_HOST: string, DB_SSLMODE: string, authority?: string) => {
    const root = authority === undefined ? {} : { DB_SSLROOTCERT: fixture(authority) }
    const generation = await openGeneration(readConfig({ ...at, DB_HOST, DB_SSLMODE, ...root }).db).catch(
      ({ code, message }) => String(code ?? message),
    )
    if (typeof generation === 'string') return generation
    const text = 'select ssl::text as ssl from pg_stat_ssl where pid = pg_backend_pid()'
    const [read] = await generation.query<{ ssl: string }>(
      sql`select ssl::text as ssl from pg_stat_ssl where pid = pg_backend_pid()`,
    )
    const [written] = await generation.execute({ name: 'ssl', text }, [])
    await generation.end()
    return [read?.ssl, written?.[0]]
  }
  const [off, on] = [
    ['false', 'false'],
    ['true', 'true'],
  ]
  t.same(await reach('127.0.0.1', 'disable'), off)
  t.same(await reach('127.0.0.1', 'require'), on)
  t.same(await reach('localhost', 'verify-full', 'authority.crt'), on)
  t.same(await reach('127.0.0.1', 'verify-ca', 'authority.crt'), on, 'any name will do')
  t.match(await reach('127.0.0.1', 'verify-full', 'authority.crt'), 'ERR_TLS_CERT_ALTNAME_INVALID')
  for (const mode of ['verify-ca', 'verify-full']) {
    t.match(await reach('localhost', mode, 'another-authority.crt'), /CERT|ISSUER|VERIFY|SIGNATURE/, mode)
  }
})

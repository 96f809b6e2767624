import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { ConfigError, configWarnings, type Environment, readConfig } from '../src/config.ts'
import { parseAddress, parseDuration } from '../src/config-values.ts'

const secret = 'a secret of more than thirty-two bytes'
const read = (env: Environment = {}) => readConfig({ JWT_SECRET: secret, ...env })
const refusal = (env: Environment): string => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

t.test("without more than a secret, the specification's defaults stand", async (t) => {
  t.same(read(), {
    http: { host: '', port: 8080 },
    jwt: { secret, durationMs: 86_400_000 },
    db: {
      ...{ host: 'localhost', port: 5432, user: 'messenger', password: 'messenger', name: 'messenger' },
      ...{ sslMode: 'disable', poolMax: 10 },
    },
    logLevel: 'info',
    rateLimit: true,
    corsOrigins: [],
    trustProxy: [],
    maxPayloadBytes: 65_536,
    shutdownGraceMs: 10_000,
  })
})

t.test('a variable set to nothing counts as not set', async (t) => {
  const names = Object.keys(await exampleVariables()).filter((name) => name !== 'JWT_SECRET')
  t.same(read(Object.fromEntries(names.map((name) => [name, '']))), read())
})

t.test('nothing in the configuration can be changed', async (t) => {
  const config = read({ CORS_ORIGINS: 'https://a.example' })
  for (const part of [config, config.http, config.jwt, config.db, config.corsOrigins]) t.ok(Object.isFrozen(part))
})

t.test('every bad variable is named at once, with its cure', async (t) => {
  const bad = {
    HTTP_ADDR: '8080',
    JWT_DURATION: '1 day',
    DB_PORT: '0',
    DB_SSLMODE: 'prefer',
    DB_SSLROOTCERT: '/does/not/exist.pem',
    DB_POOL_MAX: '1001',
    LOG_LEVEL: 'loud',
    RATE_LIMIT: 'yes',
    CORS_ORIGINS: 'https://a.example/,*',
    TRUST_PROXY: '10.0.0.0/33',
    MAX_PAYLOAD_BYTES: '1048577',
    SHUTDOWN_GRACE: '-1s',
  }
  const message = refusal(bad)
  for (const name of ['JWT_SECRET', ...Object.keys(bad)])
    t.match(message, new RegExp(`^  ${name} is .+: \\w+ `, 'm'), name)
  t.equal(message.split('\n').length, 2 + Object.keys(bad).length)
})

t.test('a secret is never shown, and neither missing nor empty', async (t) => {
  const message = refusal({
    JWT_SECRET: 'hush',
    JWT_SECRET_PREVIOUS: 'hush-before',
    DB_PASSWORD: 'hush-db',
    DB_PORT: 'x',
  })
  t.notMatch(message, /hush/)
  t.match(refusal({}), /JWT_SECRET is missing/)
  t.match(refusal({ JWT_SECRET: '' }), /JWT_SECRET is empty/)
})

t.test('a short secret works, with a warning that does not show it', async (t) => {
  const warnings = configWarnings(read({ JWT_SECRET: 'dev-secret', JWT_SECRET_PREVIOUS: 'before' }))
  t.equal(warnings.length, 2)
  t.notMatch(warnings.join(), /dev-secret|before:/)
  t.same(configWarnings(read()), [])
})

t.test('good values are taken as they are meant', async (t) => {
  const cert = fileURLToPath(import.meta.url)
  const config = read({
    ...{ HTTP_ADDR: '[::1]:9000', JWT_SECRET_PREVIOUS: secret, JWT_DURATION: '1h30m', SHUTDOWN_GRACE: '500ms' },
    ...{ DB_SSLMODE: 'verify-full', DB_SSLROOTCERT: cert, RATE_LIMIT: 'off', MAX_PAYLOAD_BYTES: '1048576' },
    ...{ CORS_ORIGINS: 'https://a.example, http://localhost:5173', TRUST_PROXY: '10.0.0.0/8,fd00::/8,192.0.2.1' },
  })
  t.match(config, {
    http: { host: '::1', port: 9000 },
    jwt: { previousSecret: secret, durationMs: 5_400_000 },
    db: { sslMode: 'verify-full', sslRootCert: cert },
    corsOrigins: ['https://a.example', 'http://localhost:5173'],
    trustProxy: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
    rateLimit: false,
    maxPayloadBytes: 1_048_576,
    shutdownGraceMs: 500,
  })
})

t.test("durations are Go's", async (t) => {
  const good = {
    '24h': 86_400_000,
    '1h30m': 5_400_000,
    '90s': 90_000,
    '500ms': 500,
    '1.5s': 1_500,
    '.5m': 30_000,
    '+2s': 2_000,
  }
  for (const [text, ms] of Object.entries(good)) t.equal(parseDuration(text), ms, text)
  for (const text of ['', '1', '1d', 's', '1 s', '1h 30m', '-1s', '1e3s', 'Infinity', '.s', '1h30']) {
    t.equal(parseDuration(text), undefined, text)
  }
  const part = fc.tuple(fc.nat(99), fc.constantFrom('h', 'm', 's', 'ms'))
  const size = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.map(([amount, unit]) => `${amount}${unit}`).join('')
      return parseDuration(text) === parts.reduce((sum, [amount, unit]) => sum + amount * size[unit], 0)
    }),
  )
})

t.test("addresses are Go's", async (t) => {
  t.same(parseAddress(':8080'), { host: '', port: 8080 })
  t.same(parseAddress('localhost:0'), { host: 'localhost', port: 0 })
  for (const text of [
    '',
    '8080',
    'a',
    ':',
    ':65536',
    ':-1',
    '::1:8080',
    '[::1]',
    '[a]:1',
    'a b:1',
    'http://a:1',
    ':1 ',
  ]) {
    t.equal(parseAddress(text), undefined, text)
  }
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), fc.nat(65_535), (v4, v6, port) => {
      t.same(parseAddress(`${v4}:${port}`), { host: v4, port })
      t.same(parseAddress(`[${v6}]:${port}`), { host: v6, port })
    }),
    { numRuns: 25 },
  )
})

t.test('no text makes it fail in any other way than with its own error', async (t) => {
  const names = Object.keys(await exampleVariables())
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'grapheme' })), (env) => {
      refusal({ JWT_SECRET: secret, ...env })
    }),
  )
  t.pass('it did not')
})

t.test('.env.example lists every variable that is read, each with a comment, and its default', async (t) => {
  const asked = new Set<string>()
  const env = new Proxy<Environment>(
    { JWT_SECRET: secret },
    {
      get: (target, name) => {
        asked.add(String(name))
        return target[String(name)]
      },
    },
  )
  readConfig(env)
  const example = await exampleVariables()
  t.same(Object.keys(example).sort(), [...asked].sort())
  t.same(read(Object.fromEntries(Object.entries(example).filter(([name]) => name !== 'JWT_SECRET'))), read())
})

async function exampleVariables(): Promise<Record<string, string>> {
  const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

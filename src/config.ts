import { MAX_PAYLOAD_BYTES } from '../schemas/primitives.ts'
import {
  anyText,
  duration,
  integer,
  isNetwork,
  isOrigin,
  list,
  oneOf,
  type Parse,
  parseAddress,
  readableFile,
} from './config-values.ts'

/** Everything that may differ between two places where the server runs. */
export interface Config {
  readonly http: { readonly host: string; readonly port: number }
  readonly jwt: { readonly secret: string; readonly previousSecret?: string; readonly durationMs: number }
  readonly db: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly name: string
    readonly sslMode: SslMode
    /** Path of a readable PEM file. */
    readonly sslRootCert?: string
    readonly poolMax: number
  }
  readonly logLevel: LogLevel
  readonly rateLimit: boolean
  readonly corsOrigins: readonly string[]
  readonly trustProxy: readonly string[]
  readonly maxPayloadBytes: number
  readonly shutdownGraceMs: number
}

/** How the connection to PostgreSQL is protected, in libpq's words. */
export type SslMode = (typeof sslModes)[number]

/** A level of pino. */
export type LogLevel = (typeof logLevels)[number]

/** The environment cannot be used; the message names every bad variable and its cure, and no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Process environment, or whatever stands for it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** HS256 wants a key as long as its hash (RFC 7518, section 3.2). */
const SECRET_BYTES = 32

const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const HOUR = 3_600_000

/**
 * Makes the configuration of the server out of its environment. A variable set to nothing counts as not set.
 * @throws ConfigError that names every bad variable at once
 */
export function readConfig(env: Environment): Config {
  const problems: string[] = []

  /** Reads one variable; a bad one is noted and the fallback stands in for it, for the error comes in the end. */
  function read<T, F>(name: string, parse: Parse<T>, fallback: F, cure: string): T | F {
    const text = env[name]
    if (text === undefined || text === '') return fallback
    const value = parse(text)
    if (value !== undefined) return value
    problems.push(`${name} is ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)}: ${cure}`)
    return fallback
  }

  // Secrets are not read through `read`, which shows bad values.
  const secret = env['JWT_SECRET'] ?? ''
  if (secret === '') {
    const state = env['JWT_SECRET'] === undefined ? 'missing' : 'empty'
    problems.push(`JWT_SECRET is ${state}: set a random text of ${SECRET_BYTES} bytes or more (openssl rand -hex 32)`)
  }
  const previousSecret = env['JWT_SECRET_PREVIOUS']
  const sslRootCert = read('DB_SSLROOTCERT', readableFile, undefined, 'give the path of a readable PEM file')

  const config: Config = {
    http: read(
      'HTTP_ADDR',
      parseAddress,
      { host: '', port: 8080 },
      'give host:port, like :8080, 127.0.0.1:8080 or [::1]:8080',
    ),
    jwt: {
      secret,
      ...(previousSecret ? { previousSecret } : {}),
      durationMs: read(
        'JWT_DURATION',
        duration(1_000, 876_000 * HOUR),
        24 * HOUR,
        'give 1s or more, like 24h, 1h30m or 90s',
      ),
    },
    db: {
      host: read('DB_HOST', anyText, 'localhost', ''),
      port: read('DB_PORT', integer(1, 65_535), 5432, 'give a port from 1 to 65535'),
      user: read('DB_USER', anyText, 'messenger', ''),
      password: env['DB_PASSWORD'] || 'messenger',
      name: read('DB_NAME', anyText, 'messenger', ''),
      sslMode: read('DB_SSLMODE', oneOf(sslModes), 'disable', `give one of ${sslModes.join(', ')}`),
      ...(sslRootCert === undefined ? {} : { sslRootCert }),
      poolMax: read('DB_POOL_MAX', integer(1, 1_000), 10, 'give a number from 1 to 1000'),
    },
    logLevel: read('LOG_LEVEL', oneOf(logLevels), 'info', `give one of ${logLevels.join(', ')}`),
    rateLimit: read('RATE_LIMIT', oneOf(['on', 'off']), 'on', 'give on or off') === 'on',
    corsOrigins: read(
      'CORS_ORIGINS',
      list(isOrigin),
      [],
      'give origins with commas between, like https://chat.example.org',
    ),
    trustProxy: read(
      'TRUST_PROXY',
      list(isNetwork),
      [],
      'give CIDR networks with commas between, like 10.0.0.0/8,fd00::/8',
    ),
    maxPayloadBytes: read(
      'MAX_PAYLOAD_BYTES',
      integer(1, 1_048_576),
      MAX_PAYLOAD_BYTES,
      'give a number from 1 to 1048576',
    ),
    shutdownGraceMs: read('SHUTDOWN_GRACE', duration(1, 24 * HOUR), 10_000, 'give a time up to 24h, like 10s or 500ms'),
  }
  if (problems.length > 0) throw new ConfigError(`bad environment:\n${problems.map((line) => `  ${line}`).join('\n')}`)
  return deepFreeze(config)
}

/** What works but should not stay so, for the log. */
export function configWarnings({ jwt }: Config): string[] {
  return Object.entries({ JWT_SECRET: jwt.secret, JWT_SECRET_PREVIOUS: jwt.previousSecret })
    .filter(([, secret]) => secret !== undefined && Buffer.byteLength(secret) < SECRET_BYTES)
    .map(([name]) => `${name} is shorter than ${SECRET_BYTES} bytes: tokens can be forged by guessing it`)
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object') deepFreeze(inner)
  return Object.freeze(value)
}

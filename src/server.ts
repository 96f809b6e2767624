import { setFlagsFromString } from 'node:v8'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { type Config, ConfigError, configWarnings, type Environment, readConfig } from './config.ts'
import { lowerHelperThreads } from './helper-threads.ts'
import { LISTEN_BACKLOG } from './http/options.ts'

/**
 * Ends the process by way of `app.close()` and `onClosed`: with 0 after a signal, with 1 after a fault or where that
 * takes longer than the grace.
 */
function closeOnSignalsAndFaults(app: FastifyInstance, graceMs: number, onClosed: () => unknown): void {
  const { log } = app
  let faults = 0
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const
  const grace = closeWithGrace(
    { delay: graceMs, logger: log, skip: ['uncaughtException', 'unhandledRejection', ...signals] },
    async () => {
      await app.close()
      await onClosed()
      log.info('stopped')
      if (faults > 0) process.exit(1)
    },
  )
  // Ctrl-C comes twice under npm, from the terminal and passed on: only one that comes later means "at once".
  let stoppingAt = Number.POSITIVE_INFINITY
  const onSignal = (signal: NodeJS.Signals) => {
    if (Date.now() - stoppingAt > 1_000) process.exit(1)
    if (stoppingAt < Number.POSITIVE_INFINITY) return
    stoppingAt = Date.now()
    log.info({ signal }, 'stopping')
    grace.close()
  }
  for (const signal of signals) process.on(signal, onSignal)
  const onFault = (error: unknown) => {
    log.fatal({ err: error }, 'fault, stopping')
    faults += 1
    if (faults === 1) grace.close()
    else process.exit(1)
  }
  process.on('uncaughtException', onFault)
  process.on('unhandledRejection', onFault)
}

/** What the person who started the server is told when it cannot start. */
function reasonOf(error: unknown, config: Config | undefined): string {
  if (error instanceof ConfigError) return error.message
  const { code } = error as NodeJS.ErrnoException
  const address = config && `${config.http.host || '*'}:${config.http.port}`
  if (code === 'EADDRINUSE') return `cannot listen on ${address}: the address is in use, set HTTP_ADDR to another`
  if (code === 'EACCES') return `cannot listen on ${address}: not allowed, set HTTP_ADDR to a port above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `cannot listen on ${address}: no such address here, see HTTP_ADDR`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Where a browser on this machine finds the server. */
function urlOf({ host }: Config['http'], listening: string): string {
  const { port } = new URL(listening)
  const everywhere = host === '' || host === '0.0.0.0' || host === '::'
  return `http://${everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port || 80}`
}

/**
 * Sets how V8 collects, for a server whose messages are mostly buffers. They count against what the heap may still grow
 * until they are freed, which V8 leaves to another thread, and it concludes that a tenth more will do, since little
 * outlives a message: together, its whole heap was collected seven times a second under load. Buffers are freed at once
 * here, and the heap may grow to 1.6 times what lives in it: messages of 1 KiB cost 19 µs of the server's CPU instead of
 * 32, and an idle socket holds 8.4 KiB instead of 10 at twice.
 *
 * Nor may it make objects old from the start because those made before them at the same place were. Where it might, 570 KB
 * outlived each collection of young objects instead of 25 in 7 of 16 processes (none of 18 since), and it collected its
 * whole heap ten times in the first ten seconds instead of twice.
 */
function tuneHeap(): void {
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
  setFlagsFromString('--heap-growing-percent=60')
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/**
 * Runs the server until it is told to stop; where it cannot even start, the process ends with 1 and one message.
 * @param env where the configuration is read from
 * @param onClosed what else is to be ended after the server (the embedded database)
 * @returns the URL at which it now serves
 */
export async function serve(env: Environment, onClosed: () => unknown = () => {}): Promise<string> {
  let config: Config | undefined
  let app: FastifyInstance | undefined
  tuneHeap()
  lowerHelperThreads()
  try {
    config = readConfig(env)
    app = await buildApp(config)
    for (const warning of configWarnings(config)) app.log.warn(warning)
    closeOnSignalsAndFaults(app, config.shutdownGraceMs, onClosed)
    const url = urlOf(config.http, await app.listen({ ...config.http, backlog: LISTEN_BACKLOG }))
    app.log.info({ url }, `messenger is at ${url}`)
    return url
  } catch (error) {
    process.stderr.write(`messenger: ${reasonOf(error, config)}\n`)
    await app?.close()
    await onClosed()
    process.exit(1)
  }
}

// `node dist/src/server.js` serves; whoever imports this file (start.ts, a test) calls serve himself.
if (process.argv[1] === import.meta.filename) await serve(process.env)

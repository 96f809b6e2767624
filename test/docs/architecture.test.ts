import { readdir, stat } from 'node:fs/promises'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { messageRoom } from '../../src/messages/body.ts'
import { build } from '../helper.ts'
import { amount, blocks, constant, read, root, rows, section } from './documents.ts'

const document = await read('ARCHITECTURE.md')

interface Scope {
  readonly name: string
  readonly depth: number
}

/** What the drawing of Fastify says about scopes of ours: neither times nor what packages register. */
const scopesOf = (drawing: string): Scope[] => {
  const scopes: Scope[] = []
  let hidden = Number.POSITIVE_INFINITY
  for (const line of drawing.split('\n')) {
    const [, indent = '', name = ''] = /^([│├└─┬ ]*)(\S.*?) \d+ ms$/.exec(line) ?? []
    const depth = Math.max(0, indent.length / 2 - 1)
    if (name === '' || depth > hidden) continue
    hidden = /^(@|bound |fastify)/.test(name) ? depth : Number.POSITIVE_INFINITY
    if (hidden > depth) scopes.push({ name, depth })
  }
  return scopes
}

/** Draws scopes as Fastify does. */
const draw = (scopes: readonly Scope[]): string => {
  const goesOn = (index: number, depth: number) =>
    scopes.slice(index + 1).find((scope) => scope.depth <= depth)?.depth === depth
  return scopes
    .map(({ name, depth }, index) => {
      if (depth === 0) return name
      const levels = Array.from({ length: depth - 1 }, (_, level) => (goesOn(index, level + 1) ? '│ ' : '  '))
      const isParent = (scopes[index + 1]?.depth ?? 0) > depth
      return `${levels.join('')}${goesOn(index, depth) ? '├' : '└'}─${isParent ? '┬' : '─'} ${name}`
    })
    .join('\n')
}

t.test('the drawing of the tree is what the application draws', async (t) => {
  const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
  const drawing = draw(scopesOf(app.printPlugins()))
  t.equal(blocks(section(document, '## The tree'))[0]?.text, `${drawing}\n`, drawing)
  for (const name of ['db', 'auth', 'users', 'messages', 'realtime']) t.match(drawing, new RegExp(`[─┬] ${name}$`, 'm'))
})

t.test('every file and folder that it names is there, and every folder of src is named', async (t) => {
  const names = new Set(
    [...document.matchAll(/`((?:src|schemas|test|sql|web|bench|docker|terraform)\/[\w./-]*)`/g)].map(
      ([, name = '']) => name,
    ),
  )
  for (const name of names) t.ok(await stat(`${root}${name}`).catch(() => undefined), name)
  const folders = (await readdir(`${root}src`, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  for (const { name } of folders) t.ok(names.has(`src/${name}/`), `src/${name}/ is named`)
})

t.test('every invariant names the test that guards it', async (t) => {
  const invariants = document.split('\n\n').filter((paragraph) => paragraph.startsWith('**Invariant**'))
  t.ok(invariants.length >= 10)
  for (const invariant of invariants)
    t.match(invariant, /`test\/[\w/-]+\.test\.ts`|`npm run check`/, invariant.slice(0, 80))
})

t.test('every bound is the one in the code', async (t) => {
  const bounds = rows(section(document, '## Bounds')).filter((cells) => cells.length === 4)
  t.ok(bounds.length > 30)
  for (const [what = '', value = '', name = '', file = ''] of bounds) {
    t.equal(amount(value), await constant(file, name), `${what}: ${name}`)
  }
})

t.test('the bound of memory follows from the constants', async (t) => {
  const MIB = 1_048_576
  const { maxPayloadBytes: payload, db } = readConfig({ JWT_SECRET: 'x' })
  const [queued, queueBytes, batchBytes] = await Promise.all(
    ['QUEUE_MESSAGES', 'QUEUE_BYTES', 'BATCH_BYTES'].map((name) => constant('src/messages/draft-queue.ts', name)),
  )
  const page = (await constant('src/messages/store.ts', 'PAGE_BYTES')) + payload
  const list = (await constant('src/messages/store.ts', 'ANSWER_BYTES')) + payload
  const highWater = await constant('src/realtime/outlet.ts', 'HIGH_WATER')
  const frame = messageRoom(payload)
  const bytes = [
    100 * MIB,
    (queueBytes ?? 0) + 5 * payload + (queued ?? 0) * 1_536,
    6 * (batchBytes ?? 0),
    (await constant('src/realtime/gateway.ts', 'READERS')) * 9 * page,
    (db.poolMax - 2) * 5 * list,
    (await constant('src/messages/reply.ts', 'UNTAKEN_BYTES')) + 4 * list,
    ((await constant('src/realtime/deliveries.ts', 'MAX_PENDING')) + 2 * 5_000) * 200,
  ]
  const each = [
    2 * highWater + 4 * payload + 4 * page + (await constant('src/realtime/mailbox-reader.ts', 'PAGE_MESSAGES')) * 320,
    2 * frame,
    (await constant('src/http/options.ts', 'MAX_HEADER_BYTES')) + 2 * frame,
  ]
  const shared = bytes.map((each) => Math.round(each / MIB))
  const expected = [
    ...shared,
    shared.reduce((sum, mib) => sum + mib),
    ...each.map((each) => Math.round((each / MIB) * 10) / 10),
  ]
  const shown = rows(section(document, '### Memory')).map(
    (cells) => amount((cells.at(-1) ?? '').replaceAll('*', '')) / MIB,
  )
  t.same(shown, expected, expected.join(', '))
})

import * as fc from 'fast-check'
import t from 'tap'
import { anyText } from './messages/texts.ts'
import { openWorld } from './messages/world.ts'

const world = await openWorld(t, { MAX_PAYLOAD_BYTES: '64' })
const { ann, bob } = await world.people()
const RUNS = 1_000
/** Requests under way at a time. */
const WIDTH = 10

interface Operation {
  requestBody?: object
  parameters?: { name: string; in: string }[]
}
const document = (await world.app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, Operation>> }>()
const operations = Object.entries(document.paths)
  .filter(([path]) => path !== '/ws')
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })))

const id = fc.constantFrom(ann.id, bob.id, 'b0b00000-0000-4000-8000-000000000000')
const text = fc.oneof(
  id,
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.integer().map(String),
  fc.constantFrom('%00', '..'),
)
const names = [
  ...new Set(operations.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name))),
  ...['username', 'password', 'receiver_id', 'payload', 'id', 'seq', '__proto__', 'constructor', 'x'],
]
const key = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() })
const value = fc.oneof(id, text, fc.array(fc.integer({ min: -1, max: 256 }), { maxLength: 70 }), fc.jsonValue())
const body = fc.oneof(
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map((entries) => Buffer.from(JSON.stringify(Object.fromEntries(entries)))),
  anyText,
)
const query = fc.array(fc.tuple(key, text), { maxLength: 3 })

const request = fc.record({
  operation: fc.constantFrom(...operations),
  path: fc.infiniteStream(text),
  query,
  body,
  hasToken: fc.nat(9).map((dice) => dice > 0),
  type: fc.nat(9).map((dice) => (dice > 0 ? 'application/json' : 'text/plain')),
})
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never

async function ask({ operation, path, query: fields, body: payload, hasToken, type }: Request) {
  const { method, path: pattern, requestBody } = operation
  const filled = pattern.replace(/\{\w+\}/g, () => encodeURIComponent(path.next().value))
  const search = fields.map(([name, each]) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`).join('&')
  const reply = await world.app.inject({
    method: method as 'GET',
    url: search === '' ? filled : `${filled}?${search}`,
    headers: {
      ...(hasToken ? { authorization: `Bearer ${ann.token}` } : {}),
      ...(requestBody === undefined ? {} : { 'content-type': type }),
    },
    ...(requestBody === undefined ? {} : { payload }),
  })
  return { what: `${method} ${filled}?${search} ${payload.toString('latin1')}`.slice(0, 300), reply }
}

const isErrorShape = (answer: unknown) =>
  typeof answer === 'object' &&
  answer !== null &&
  Object.keys(answer).join() === 'error' &&
  typeof (answer as { error: unknown }).error === 'string'

t.test('a thousand random requests over all routes: every refusal in our shape, and no fault', async (t) => {
  t.ok(operations.length >= 12)
  const requests = fc.sample(request, RUNS)
  const statuses = new Map<number, number>()
  for (let at = 0; at < requests.length; at += WIDTH) {
    const answers = await Promise.all(requests.slice(at, at + WIDTH).map(ask))
    for (const { what, reply } of answers) {
      statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1)
      if (reply.statusCode < 500 && (reply.statusCode < 400 || isErrorShape(reply.json()))) continue
      t.fail(`${reply.statusCode} ${reply.body}`, { what })
    }
  }
  const refused = [400, 401, 404].every((status) => statuses.has(status))
  t.ok(refused && statuses.has(200), JSON.stringify([...statuses]))
  t.equal((await world.app.inject('/health')).statusCode, 200)
})

t.test('a thousand random frames: each has its answer, in order, and none is a fault', async (t) => {
  const frames = fc.sample(
    anyText.map((bytes) => bytes.toString()),
    RUNS,
  )
  let client = await ann.open(t)
  const good = JSON.stringify({ receiver_id: bob.id, payload: [1, 2, 3] })
  for (let at = 0; at < frames.length; at += 50) {
    // A good one among them keeps the bad ones from being too many in a row.
    const part = [...frames.slice(at, at + 50), good]
    client = client.socket.readyState === client.socket.OPEN ? client : await ann.open(t)
    const before = client.received.length
    for (const frame of part) client.send(frame)
    const answers = (await client.wait(before + part.length)).slice(before)
    for (const [place, { error, seq, ...more }] of answers.entries()) {
      if (seq !== undefined && error === undefined) continue
      const isRefusal = typeof error === 'string' && error !== 'internal server error'
      if (!isRefusal || Object.keys(more).some((name) => name !== 'id')) t.fail(`${error}`, { frame: part[place] })
    }
    t.match(answers.at(-1), { payload: [1, 2, 3] })
  }
  t.equal(client.socket.readyState, client.socket.OPEN)
})

t.test('random bytes instead of the protocol end that socket and harm no other', async (t) => {
  const sound = await bob.open(t)
  await sound.wait(1)
  for (const bytes of fc.sample(fc.uint8Array({ minLength: 2, maxLength: 200 }), 50)) {
    const client = await ann.open(t)
    const { _socket: tcp } = client.socket as unknown as { _socket: { end(bytes: Uint8Array): void } }
    tcp.end(bytes)
    await client.closed()
  }
  const before = sound.received.length
  sound.send({ receiver_id: bob.id, payload: [9] })
  t.match((await sound.wait(before + 1)).at(-1), { payload: [9] })
})

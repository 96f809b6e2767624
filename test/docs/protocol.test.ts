import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { closeCodes, ServerFrame } from '../../schemas/frame.ts'
import { MAX_PAYLOAD_BYTES } from '../../schemas/primitives.ts'
import { readConfig } from '../../src/config.ts'
import { freePort } from '../../src/db/embedded/postmaster.ts'
import { AppError, type ErrorCode } from '../../src/errors.ts'
import { compile } from '../../src/http/validation.ts'
import { createFrameReader, messageRoom } from '../../src/messages/body.ts'
import { addUsers } from '../guarantees/users.ts'
import { connect as connectSql, createDatabase, startPostgres, startServer } from '../helper.ts'
import { amount, blocks, constant, read, root, rows, section } from './documents.ts'

const document = await read('PROTOCOL.md')

interface Message {
  readonly id: string
  readonly seq?: number
}

interface Options {
  url: string
  token: string
  after: number
  onMessage(message: Message): void
  onRefused(frame: { error: string; id: string }): void
  onReset(seq: number): void
  onEnd(code: number): void
}

interface Client {
  send(receiverId: string, payload: number[], id?: string): void
  close(): void
}

/** The document's client as a module, with its import led to ours. */
const loadClient = async (t: Test): Promise<(options: Options) => Client> => {
  const [client] = blocks(section(document, '## A client')).filter(({ language }) => language === 'js')
  const text = client?.text ?? ''
  t.ok(text.trimEnd().split('\n').length <= 40, 'it has at most 40 lines')
  const folder = await mkdtemp(join(tmpdir(), 'protocol-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'client.mjs')
  const ws = pathToFileURL(join(root, 'node_modules/ws/wrapper.mjs')).href
  await writeFile(file, text.replace("from 'ws'", `from '${ws}'`))
  const { connect } = (await import(pathToFileURL(file).href)) as { connect: (options: Options) => Client }
  return connect
}

/** Opens the document's client and notes what it tells. */
const open = async (t: Test, url: string, token: string, after = 0) => {
  const connect = await loadClient(t)
  const told = { messages: [] as Message[], refused: [] as string[], resets: [] as number[], ends: [] as number[] }
  const client = connect({
    ...{ url: url.replace('http', 'ws'), token, after },
    onMessage: (message) => told.messages.push(message),
    onRefused: ({ error }) => told.refused.push(error),
    onReset: (seq) => told.resets.push(seq),
    onEnd: (code) => told.ends.push(code),
  })
  t.teardown(() => client.close())
  return { ...told, send: client.send, close: client.close }
}

const until = async (isDone: () => boolean, ms = 60_000) => {
  for (const deadline = Date.now() + ms; !isDone() && Date.now() < deadline; ) await sleep(20)
  return isDone()
}

t.test('the client of the document misses nothing while the server is killed and stopped', async (t) => {
  const env = { ...(await createDatabase(t)), HTTP_ADDR: `127.0.0.1:${await freePort()}` }
  const [ann, ben] = await addUsers(connectSql(t, env), 2)
  let server = await startServer(t, env)
  const sender = await open(t, server.url, ann.token)
  const reader = await open(t, server.url, ben.token)
  let sent = 0
  const sending = setInterval(() => sender.send(ben.id, [sent++ & 255]), 5)
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const before = reader.messages.length
    t.ok(await until(() => reader.messages.length > before + 20))
    await server.kill(signal)
    await sleep(100)
    server = await startServer(t, env)
  }
  clearInterval(sending)

  t.ok(await until(() => reader.messages.length >= sent && sender.messages.length >= sent), `${sent} messages`)
  const expected = Array.from({ length: sent }, (_, index) => index + 1)
  t.same(
    reader.messages.map(({ seq }) => seq),
    expected,
  )
  t.same(
    sender.messages.map(({ seq }) => seq),
    expected,
  )
  t.same(
    sender.messages.map(({ id }) => id),
    reader.messages.map(({ id }) => id),
  )

  // What can never be sent is told, and ends the tries.
  sender.send('b0b00000-0000-4000-8000-000000000000', [])
  sender.send(ben.id, [256])
  t.ok(await until(() => sender.refused.length === 2))
  t.same(sender.refused, ['receiver not found', 'payload/0 must be <= 255'])
  const restored = await open(t, server.url, ben.token, sent + 5)
  t.ok(await until(() => restored.resets.length === 1))
  t.same(restored.resets, [sent])
  sender.close()
  t.ok(await until(() => sender.ends.length === 1))
})

t.test('it talks while the database is away, and has everything stored afterwards, by itself', async (t) => {
  const postgres = await startPostgres(t)
  const server = await startServer(t, postgres.env)
  const [ann, ben] = await addUsers(connectSql(t, postgres.env), 2)
  const sender = await open(t, server.url, ann.token)
  const reader = await open(t, server.url, ben.token)
  const id = '0198f3a2-9d00-7c3b-8f10-5a6b7c8d9e0f'
  sender.send(ben.id, [1])
  t.ok(await until(() => reader.messages.length === 1))
  await postgres.stop()
  sender.send(ben.id, [2], id)
  t.ok(await until(() => reader.messages.length > 1))
  t.match(reader.messages.at(-1), { id, persisted: false })
  await postgres.start()
  t.ok(await until(() => reader.messages.some(({ seq }) => seq === 2)))
  t.match(reader.messages.at(-1), { id, seq: 2 })
})

t.test('every frame that is shown is one', async (t) => {
  const examples = blocks(document).filter(({ language }) => language === 'json')
  const [frame = '', message = ''] = examples.map(({ text }) => text)
  const { id } = createFrameReader(MAX_PAYLOAD_BYTES)(Buffer.from(frame))
  t.ok(id)
  t.ok(compile(ServerFrame)(JSON.parse(message)))
})

t.test('the close codes are those of the schemas', async (t) => {
  const codes = Object.values(closeCodes).map(({ code, reason, duty }) => [String(code), reason, duty])
  t.same(rows(section(document, '## Close codes')), codes)
})

t.test('the errors are those of the server', async (t) => {
  const codes = ['receiver_not_found', 'message_id_taken', 'rate_limited', 'overloaded', 'receiver_offline', 'internal']
  const texts = codes.map((code) => new AppError(code as ErrorCode).message)
  t.same(
    rows(section(document, '## Errors')).map(([text]) => text),
    texts,
  )
})

t.test('the limits are those of the code', async (t) => {
  const limits = rows(section(document, '## Limits'))
  const shown = new Map(limits.map(([name = '', value = '']) => [name, value]))
  const is = async (name: string, path: string, constantName: string) =>
    t.equal(amount(shown.get(name) ?? ''), await constant(path, constantName), name)
  t.equal(amount(shown.get('payload') ?? ''), readConfig({ JWT_SECRET: 'x' }).maxPayloadBytes)
  t.equal(shown.get('frame'), '8 times the largest payload + 4,096 bytes')
  t.equal(messageRoom(MAX_PAYLOAD_BYTES), 8 * MAX_PAYLOAD_BYTES + 4_096)
  await is('sockets of one user', 'src/realtime/hub.ts', 'MAX_SOCKETS')
  await is('refused frames in a row', 'src/realtime/inbox.ts', 'MAX_BAD_FRAMES')
  await is('sends of one user, both ways together', 'src/messages/send-limit.ts', 'RATE')
  t.match(shown.get('sends of one user, both ways together'), /1,000 after a rest/)
  t.equal(await constant('src/messages/send-limit.ts', 'BURST'), 1_000)
  await is('frames of one socket without an answer', 'src/realtime/inbox.ts', 'MAX_UNANSWERED')
  await is('bytes that wait for a slow reader', 'src/realtime/outlet.ts', 'HIGH_WATER')
  await is('a reader that takes nothing', 'src/realtime/heartbeat.ts', 'STALL_DEADLINE')
  await is('a ping without a pong', 'src/realtime/acknowledgement.ts', 'PONG_DEADLINE')
  t.equal(await constant('src/realtime/acknowledgement.ts', 'IDLE_PING_INTERVAL'), 20_000)
})

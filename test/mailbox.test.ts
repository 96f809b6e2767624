import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { type Frame, openPeer, type Peer, post } from './guarantees/peer.ts'
import { addUsers, type QuickUser } from './guarantees/users.ts'
import { connect, createDatabase, SECRET, type Test } from './helper.ts'

/** All that a mailbox is: what is in it, in order, and how far its owner has proven to have received. */
interface Model {
  entries: { id: string; isReceived: boolean }[]
  delivered: number
}
const since = (model: Model, after: number) =>
  model.entries.slice(after).map(({ id }, index) => [id, after + index + 1])
const undelivered = (model: Model) =>
  since(model, model.delivered).filter((_, index) => model.entries[model.delivered + index]?.isReceived)

/** The application and two of its users; the mailbox is Ben's. */
interface Real {
  readonly t: Test
  url: () => string
  restart: () => Promise<void>
  /** How far the database says that he has received. */
  delivered: (user: string) => Promise<number>
  readonly ann: QuickUser
  readonly ben: QuickUser
}
type Command = fc.AsyncCommand<Model, Real>

const messages = (frames: readonly Frame[]) => frames.flatMap(({ id, seq }) => (id && seq ? [[id, seq]] : []))
const equal = (actual: unknown, expected: unknown, what: string) => {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return
  throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
}
const always = () => true

/** Sends a new message to Ben, or from him; as often as said, under one id. */
const send = async (model: Model, real: Real, isReceived: boolean, times: number) => {
  const [from, to] = isReceived ? [real.ann, real.ben] : [real.ben, real.ann]
  const message = { id: randomUUID(), receiver_id: to.id, payload: [1, 2, 3] }
  const replies = await Promise.all(Array.from({ length: times }, () => post(real.url(), from.token, message)))
  for (const { status, body } of replies) equal([status, body.id], [201, message.id], 'the answer to a send')
  model.entries.push({ id: message.id, isReceived })
}

const sends = (isReceived: boolean, times: number): Command => ({
  check: always,
  run: (model, real) => send(model, real, isReceived, times),
  toString: () => `send(${isReceived ? 'to him' : 'from him'}, ${times} times)`,
})

const retries = (share: number): Command => ({
  check: ({ entries }) => entries.length > 0,
  run: async ({ entries }, { url, ann, ben }) => {
    const place = Math.floor(share * entries.length)
    const { id = '', isReceived = true } = entries[place] ?? {}
    const [from, to] = isReceived ? [ann, ben] : [ben, ann]
    const { status, body } = await post(url(), from.token, { id, receiver_id: to.id, payload: [1, 2, 3] })
    equal([status, body.id], [201, id], 'the answer to a retry')
    if (!isReceived) equal(body.seq, place + 1, 'the number of a retried message')
  },
  toString: () => `retry(${share})`,
})

/** Waits for the frames that must come, and a moment for those that must not. */
const settle = async ({ frames, until }: Peer, expected: unknown[], ends: number) => {
  await until(() => frames.length >= expected.length + ends).catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 15))
  equal(messages(frames), expected, 'what came')
}

const connectsPlain = (live: boolean[], acknowledges: boolean): Command => ({
  check: always,
  run: async (model, real) => {
    const expected = undelivered(model)
    const peer = await openPeer(real.t, real.url(), real.ben.token, { autoPong: acknowledges })
    await settle(peer, expected, 0)
    for (const isReceived of live) await send(model, real, isReceived, 1)
    expected.push(...since(model, model.entries.length - live.length))
    await settle(peer, expected, 0)
    const last = Number(expected.at(-1)?.[1] ?? 0)
    if (acknowledges && last > model.delivered) {
      model.delivered = last
      for (let wait = 0; wait < 3_000 && (await real.delivered(real.ben.id)) < last; wait += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await peer.close()
    equal(await real.delivered(real.ben.id), model.delivered, 'how far the server knows him to be')
  },
  toString: () => `connect(live ${live.length}, ${acknowledges ? 'acknowledges' : 'is silent'})`,
})

const resumes = (share: number, live: boolean[]): Command => ({
  check: always,
  run: async (model, real) => {
    const after = Math.floor(share * (model.entries.length + 1))
    const peer = await openPeer(real.t, real.url(), real.ben.token, { after, autoPong: false })
    await settle(peer, since(model, after), 1)
    equal(peer.frames.at(-1), { type: 'caught_up', seq: model.entries.length }, 'the end of the catching up')
    for (const isReceived of live) await send(model, real, isReceived, 1)
    await settle(peer, since(model, after), 1)
    await peer.close()
  },
  toString: () => `resume(${share}, live ${live.length})`,
})

const restarts: Command = { check: always, run: (_, real) => real.restart(), toString: () => 'restart' }

t.test('a mailbox is what a model of ten lines says, whatever its owner does', async (t) => {
  const database = await createDatabase(t)
  const sql = connect(t, database)
  let app: FastifyInstance | undefined
  let url = ''
  const start = async () => {
    app = await buildApp(readConfig({ ...database, JWT_SECRET: SECRET, RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }))
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  }
  const restart = async () => {
    await app?.close()
    await start()
  }
  t.teardown(() => app?.close())
  await start()
  const delivered = async (user: string) => {
    const [row] = await sql<{ seq: number }[]>`select seq::int from deliveries where user_id = ${user}`
    return row?.seq ?? 0
  }

  const live = fc.array(fc.boolean(), { maxLength: 4 })
  const share = fc.double({ min: 0, max: 0.999, noNaN: true })
  const commands = fc.commands<Model, Real, false>(
    [
      fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 })).map((of) => sends(...of)),
      share.map(retries),
      fc.tuple(live, fc.boolean()).map((of) => connectsPlain(...of)),
      fc.tuple(share, live).map((of) => resumes(...of)),
      fc.constant(restarts),
    ],
    { maxCommands: 25 },
  )
  // Not by fast-check's own limit: it leaves alone a run that is under way, and that one starts servers for ever after.
  const deadline = performance.now() + 15_000
  let runs = 0
  const property = fc.asyncProperty(commands, async (steps) => {
    if (performance.now() > deadline) return
    runs += 1
    const [ann, ben] = await addUsers(sql, 2)
    const setup = () => ({
      model: { entries: [], delivered: 0 },
      real: { t, url: () => url, restart, delivered, ann, ben },
    })
    await fc.asyncModelRun(setup, steps)
  })
  await fc.assert(property, { numRuns: 60, endOnFailure: true })
  t.comment(`${runs} runs`)
  t.pass('no counterexample')
})

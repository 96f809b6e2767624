import { deepStrictEqual, ok } from 'node:assert'
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import { AppError } from '../../src/errors.ts'
import type { AppendResult, Draft, StoredMessage } from '../../src/messages/message.ts'
import { type Outcome, Writer } from '../../src/messages/writer.ts'

const users = ['a', 'b', 'c']
/** What the database does with one statement. */
type Mood = 'works' | 'is lost before' | 'is lost after' | 'is lost for ever' | 'refuses a payload'

/** A database as simple as can be: whole batches or nothing, repeated ids only where it is asked about them. */
class Table {
  readonly messages = new Map<string, StoredMessage>()
  readonly announced: StoredMessage[] = []
  readonly batches: number[] = []
  readonly #heads = new Map<string, number>()
  readonly #moods: Mood[]

  constructor(moods: readonly Mood[] = []) {
    this.#moods = [...moods]
  }

  append(drafts: readonly Draft[], _expiresAt: number, isRetry: boolean): AppendResult {
    const mood = this.#moods[0] === 'is lost for ever' ? this.#moods[0] : this.#moods.shift()
    if (mood === 'is lost before' || mood === 'is lost for ever') throw new AppError('database_unavailable')
    if (mood === 'refuses a payload' && drafts.length > 1) throw new Error('not to my liking')
    const missingUsers = new Set(drafts.flatMap((each) => [each.sender_id, each.receiver_id]))
    for (const user of users) missingUsers.delete(user)
    const isStored = ({ id, isClaimed }: Draft) => (isRetry || isClaimed) && this.messages.has(id)
    const repeatedIds = new Set(drafts.filter(isStored).map(({ id }) => id))
    if (missingUsers.size + repeatedIds.size > 0) return { missingUsers, repeatedIds }
    const stored = drafts.map(({ isClaimed: _, ...draft }) => {
      ok(!this.messages.has(draft.id), 'stored twice')
      const sender_seq = this.#next(draft.sender_id)
      const receiver_seq = draft.sender_id === draft.receiver_id ? sender_seq : this.#next(draft.receiver_id)
      const message = { ...draft, created_at: '', sender_seq, receiver_seq }
      this.messages.set(draft.id, message)
      return message
    })
    this.batches.push(drafts.length)
    if (mood === 'is lost after') throw new AppError('database_unavailable')
    return { stored }
  }

  #next(user: string): number {
    const seq = (this.#heads.get(user) ?? 0) + 1
    this.#heads.set(user, seq)
    return seq
  }
}

/** A writer on such a database, whose time is that of the machine and whose patience is short. */
function createWriter(table: Table): Writer {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return new Writer({
    append: async (...batch) => {
      await turn()
      return table.append(...batch)
    },
    find: async (ids) => {
      await turn()
      return ids.flatMap((id) => table.messages.get(id) ?? [])
    },
    now: () => performance.now(),
    deadline: 150,
    isAvailable: () => true,
    onStored: (messages) => table.announced.push(...messages),
  })
}

const draft = (more: Partial<Draft> = {}): Draft => ({
  id: randomUUID(),
  sender_id: 'a',
  receiver_id: 'b',
  payload: Buffer.from('x'),
  isClaimed: false,
  ...more,
})
const code = (error: unknown) => (error instanceof AppError ? error.code : String(error))
const settle = (writes: Promise<Outcome>[]) =>
  Promise.all(writes.map((write) => write.catch((error: unknown) => code(error))))

t.test('all that come in one turn share a statement, and what comes meanwhile shares the next', async (t) => {
  const table = new Table()
  const writer = createWriter(table)
  const first = Array.from({ length: 10 }, () => writer.write(draft()))
  await new Promise((resolve) => setImmediate(resolve))
  const second = Array.from({ length: 5 }, () => writer.write(draft()))
  await Promise.all([...first, ...second])
  t.same(table.batches, [10, 5])
})

t.test('among many who send one message after another, every statement stores half of theirs', async (t) => {
  const table = new Table()
  const writer = createWriter(table)
  const talk = async () => {
    for (let count = 0; count < 20; count++) await writer.write(draft())
  }
  const talks = [talk()]
  await Promise.resolve()
  for (let count = 1; count < 64; count++) talks.push(talk())
  await Promise.all(talks)
  t.same(table.batches.slice(0, 3), [1, 32, 32], 'though the first was alone')
  t.same(new Set(table.batches.slice(1, -4)), new Set([32]))
  t.equal(table.messages.size, 64 * 20)
})

t.test('a statement has at most 1,024 messages and 4 MiB', async (t) => {
  const table = new Table()
  const writer = createWriter(table)
  await Promise.all(Array.from({ length: 2_049 }, () => writer.write(draft())))
  t.same(table.batches, [1_024, 1_024, 1])
  await Promise.all(Array.from({ length: 5 }, () => writer.write(draft({ payload: Buffer.alloc(1_048_576) }))))
  t.same(table.batches.slice(3), [4, 1])
})

t.test('a message that cannot be stored harms none of its neighbours', async (t) => {
  const table = new Table()
  const writer = createWriter(table)
  const known = draft({ isClaimed: true })
  await writer.write(known)
  const outcomes = await settle([
    writer.write(draft()),
    writer.write(draft({ receiver_id: 'nobody' })),
    writer.write(draft({ sender_id: 'gone' })),
    writer.write(draft()),
    writer.write({ ...known, payload: Buffer.from('other') }),
    writer.write(draft()),
  ])
  t.match(outcomes, [
    { isRepeated: false, message: { sender_seq: 2 } },
    'receiver_not_found',
    'unauthorized',
    { isRepeated: false, message: { sender_seq: 3 } },
    'message_id_taken',
    { isRepeated: false, message: { sender_seq: 4 } },
  ])
})

t.test('one that PostgreSQL itself refuses is found by halves', async (t) => {
  const table = new Table(Array.from({ length: 3 }, () => 'refuses a payload'))
  const writer = createWriter(table)
  const outcomes = await settle(Array.from({ length: 8 }, () => writer.write(draft())))
  t.equal(outcomes.filter((outcome) => typeof outcome === 'object').length, 8)
})

t.test('without a database everybody is told in time, those who wait included', async (t) => {
  const writer = createWriter(new Table(['is lost for ever']))
  const started = performance.now()
  const first = writer.write(draft())
  await new Promise((resolve) => setImmediate(resolve))
  const outcomes = await settle([first, ...Array.from({ length: 600 }, () => writer.write(draft()))])
  t.same([...new Set(outcomes)], ['database_unavailable'])
  t.ok(performance.now() - started < 5_000)
})

t.test('past the bound of the queue a sender is refused at once', async (t) => {
  const table = new Table()
  const writer = createWriter(table)
  const outcomes = await settle(Array.from({ length: 20_010 }, () => writer.write(draft())))
  t.equal(outcomes.filter((outcome) => outcome === 'overloaded').length, 10)
  t.match((await settle([writer.write(draft())]))[0], { isRepeated: false }, 'and taken again later')
})

t.test('whatever the connection does, every message is stored once, announced, and answered with its own', async () => {
  const id = fc.constantFrom('one', 'two', 'three')
  const claimed = fc.record({ id, payload: fc.constantFrom('x', 'x', 'x', 'y'), sender_id: fc.constantFrom(...users) })
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: claimed },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
  )
  const mood = fc.constantFrom<Mood>('works', 'works', 'works', 'is lost before', 'is lost after', 'refuses a payload')
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 20 }),
    fc.array(mood, { maxLength: 2 }),
    async (steps, moods) => {
      const table = new Table(moods)
      const writer = createWriter(table)
      const drafts: Draft[] = []
      const writes: Promise<Outcome | string>[] = []
      for (const each of steps) {
        if (each === 'turn') await new Promise((resolve) => setImmediate(resolve))
        else {
          const next = each ? draft({ ...each, payload: Buffer.from(each.payload), isClaimed: true }) : draft()
          drafts.push(next)
          writes.push(writer.write(next).catch(code))
        }
      }
      const outcomes = await Promise.all(writes)
      for (const [index, outcome] of outcomes.entries()) {
        const { isClaimed: _, ...content } = drafts[index] as Draft
        if (typeof outcome === 'string') deepStrictEqual(outcome, 'message_id_taken')
        else {
          deepStrictEqual(outcome.message, { ...outcome.message, ...content })
          deepStrictEqual(outcome.message, table.messages.get(content.id))
        }
      }
      const announced = new Set(table.announced.map((message) => message.id))
      deepStrictEqual(announced, new Set(table.messages.keys()))
      const unclaimed = outcomes.flatMap((outcome, index) =>
        typeof outcome !== 'string' && drafts[index]?.isClaimed === false ? [outcome.message.sender_seq] : [],
      )
      deepStrictEqual(
        unclaimed,
        unclaimed.toSorted((one, other) => one - other),
        'in the order of their coming',
      )
    },
  )
  await fc.assert(property, { numRuns: 60, endOnFailure: true })
})

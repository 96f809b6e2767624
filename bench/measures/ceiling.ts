import { randomBytes } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { type Generation, openGeneration } from '../../src/db/generation.ts'
import { append } from '../../src/messages/append.ts'
import type { Draft } from '../../src/messages/message.ts'
import { createUuid } from '../../src/uuid.ts'
import type { Bench, Figure, Measure } from '../context.ts'
import { createPeople, type Person } from '../people.ts'
import { figure } from '../results.ts'
import { closedRound, openPairs } from '../rig.ts'
import { type Spread, spread } from '../stats.ts'

/** How the bare client writes: rows a statement, and statements under way at once. */
const ways = [
  { batch: 100, inFlight: 1 },
  { batch: 200, inFlight: 1 },
  { batch: 400, inFlight: 1 },
  { batch: 100, inFlight: 2 },
  { batch: 200, inFlight: 2 },
  { batch: 400, inFlight: 2 },
]

/** Messages under way of each pair: as many in all as let the server's batches grow as large as the bare client's. */
const WINDOW = 32

/** Pairs of users, a part of them for each statement under way: statements of the same users wait for each other. */
const createDrafts = (people: readonly Person[], part: number, parts: number): Draft[] => {
  const pairs = people.length / 2 / parts
  return Array.from({ length: 2000 }, (_, i) => {
    const pair = part * pairs + (i % pairs)
    const [sender_id, receiver_id] = [people[pair * 2]?.id ?? '', people[pair * 2 + 1]?.id ?? '']
    return { id: '', sender_id, receiver_id, payload: randomBytes(64), isClaimed: false }
  })
}

/** Rows a second of the server's own statement over its own kind of connection, with nothing around it. */
const writeRows = async (
  generations: readonly Generation[],
  people: readonly Person[],
  { batch, inFlight }: (typeof ways)[number],
  seconds: number,
): Promise<number> => {
  const from = performance.now() + 300
  const until = from + seconds * 1000
  let rows = 0
  const write = async (part: number): Promise<void> => {
    const drafts = createDrafts(people, part, inFlight)
    const { execute } = generations[part] as Generation
    const database = { execute, now: Date.now }
    for (let now = 0, next = 0; now < until; next += batch) {
      const part = Array.from({ length: batch }, (_, i) => ({
        ...(drafts[(next + i) % 2000] as Draft),
        id: createUuid(),
      }))
      const result = await append(database, part, Date.now() + 60_000, false)
      if (!('stored' in result)) throw new Error('the bare client stored nothing')
      now = performance.now()
      if (now >= from && now < until) rows += batch
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, part) => write(part)))
  return rows / seconds
}

/** What PostgreSQL and the statement would allow, beside what the server makes of it. */
export const ceiling: Measure = {
  name: 'ceiling',
  title: 'The ceiling: the same rows by the same statement from a bare client, 64 B',
  run: async (bench: Bench): Promise<Figure[]> => {
    const { cluster, servers, quick, progress } = bench
    const rig = await openPairs(bench, { pairs: 50, size: 64, slots: WINDOW })
    const people = await createPeople(servers.messenger, 100)
    const { database, secret } = servers.messenger
    const config = readConfig({ ...cluster.env(database), JWT_SECRET: secret }).db
    const generations = [await openGeneration(config), await openGeneration(config)]
    const bare = ways.map((): number[] => [])
    const served: number[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      await cluster.settle()
      for (const [index, way] of ways.entries())
        bare[index]?.push(await writeRows(generations, people, way, quick ? 0.7 : 2))
      await cluster.settle()
      served.push((await closedRound(bench, rig, 'messenger', WINDOW)).rate)
      const rates = bare.map((rounds) => Math.round(rounds.at(-1) ?? 0))
      progress(`  bare client ${rates.join(', ')} rows/s, server ${Math.round(served.at(-1) ?? 0)} msg/s`)
    }
    for (const generation of generations) generation.destroy()
    await rig.close()
    // The way that is best over all rounds: the best of six in each would be luck besides.
    const [best] = bare.map(spread).sort((a, b) => b.median - a.median)
    return [
      figure({
        ...{ id: 'ceiling/rate', label: 'Socket, 64 B: messages a second', unit: 'msg/s', better: 'higher' },
        ...{
          value: spread(served),
          against: { name: 'a bare client writing the same rows', value: best as Spread },
          target: 0.6,
        },
      }),
    ]
  },
}

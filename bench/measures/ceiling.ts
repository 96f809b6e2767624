import { randomBytes, randomUUID } from 'node:crypto'
import { append } from '../../src/messages/append.ts'
import type { Draft } from '../../src/messages/message.ts'
import type { Bench, Figure, Measure } from '../context.ts'
import { createPeople } from '../people.ts'
import { figure } from '../results.ts'
import { closedRound, openPairs } from '../rig.ts'
import { spread } from '../stats.ts'

type Append = typeof append

/** Rows a second of the server's own statement, called by a client with nothing around it. */
const writeRows = async (bench: Bench, drafts: readonly Draft[], batch: number, seconds: number): Promise<number> => {
  const { sql } = bench.servers.messenger
  const port = {
    run: (statement: (on: typeof sql) => unknown) => statement(sql),
    now: Date.now,
  } as unknown as Parameters<Append>[0]
  const from = performance.now() + 500
  const until = from + seconds * 1000
  let rows = 0
  for (let now = 0, next = 0; now < until; next = (next + batch) % drafts.length) {
    const part = Array.from({ length: batch }, (_, i) => ({
      ...(drafts[(next + i) % drafts.length] as Draft),
      id: randomUUID(),
    }))
    const result = await append(port, part, Date.now() + 60_000, false)
    if (!('stored' in result)) throw new Error('the bare client stored nothing')
    now = performance.now()
    if (now >= from) rows += batch
  }
  return rows / seconds
}

/** What PostgreSQL and the statement would allow, beside what the server makes of it. */
export const ceiling: Measure = {
  name: 'ceiling',
  title: 'The ceiling: the same rows by the same statement from a bare client, 64 B',
  run: async (bench: Bench): Promise<Figure[]> => {
    const { cluster, servers, quick, progress } = bench
    const rig = await openPairs(bench, { pairs: 50, size: 64, slots: 8 })
    const people = await createPeople(servers.messenger, 100)
    const drafts: Draft[] = Array.from({ length: 2000 }, (_, i) => ({
      id: '',
      sender_id: people[(i % 50) * 2]?.id ?? '',
      receiver_id: people[(i % 50) * 2 + 1]?.id ?? '',
      payload: randomBytes(64),
      isClaimed: false,
    }))
    const bare: number[] = []
    const served: number[] = []
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      await cluster.settle()
      const rates: number[] = []
      for (const batch of [100, 200, 400]) rates.push(await writeRows(bench, drafts, batch, quick ? 1.5 : 3))
      bare.push(Math.max(...rates))
      await cluster.settle()
      served.push((await closedRound(bench, rig, 'messenger', 8)).rate)
      progress(`  bare client ${Math.round(bare.at(-1) ?? 0)} rows/s, server ${Math.round(served.at(-1) ?? 0)} msg/s`)
    }
    await rig.close()
    return [
      figure({
        ...{ id: 'ceiling/rate', label: 'Socket, 64 B: messages a second', unit: 'msg/s', better: 'higher' },
        ...{
          value: spread(served),
          against: { name: 'a bare client writing the same rows', value: spread(bare) },
          target: 0.6,
        },
      }),
    ]
  },
}

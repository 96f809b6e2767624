import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connectClient } from '../client.ts'
import { alternate, type Bench, type Measure } from '../context.ts'
import { createPeople, type Person } from '../people.ts'
import { exactly, figure } from '../results.ts'
import type { Server, System } from '../server.ts'

const SOCKETS = 5000
const FIRST = 500
const AT_ONCE = 200

const connectAll = async (server: Server, people: readonly Person[]) => {
  const clients: Client[] = []
  let refused = 0
  let next = 0
  const worker = async (): Promise<void> => {
    for (let person = people[next++]; person !== undefined; person = people[next++])
      await connectClient(server.url, person.token, { onText: () => {}, onTextEnd: () => {} }).then(
        (client) => clients.push(client),
        () => refused++,
      )
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { clients, refused }
}

/** Thousands of sockets that do nothing, on a server that has just started. */
export const idle: Measure = {
  name: 'idle',
  title: `Connects a second and memory a connection at ${SOCKETS} idle sockets`,
  run: async (bench: Bench) => {
    const rounds = await alternate(bench, bench.quick ? 1 : 3, async (system: System) => {
      const server = await bench.start(system)
      const people = await createPeople(server, FIRST + SOCKETS)
      // The first few pay for what every connection shares.
      const first = await connectAll(server, people.slice(0, FIRST))
      await sleep(bench.quick ? 1500 : 35_000)
      const before = server.residentBytes()
      const start = performance.now()
      const { clients, refused } = await connectAll(server, people.slice(FIRST))
      const seconds = (performance.now() - start) / 1000
      // V8 gives back what handshakes took once it has seen 8 s without any, three times: before and after alike.
      await sleep(bench.quick ? 3000 : 35_000)
      const kib = (server.residentBytes() - before) / clients.length / 1024
      for (const client of [...first.clients, ...clients]) client.destroy()
      await server.stop()
      return { rate: SOCKETS / seconds, kib, refused: refused + first.refused }
    })
    const { baseline, messenger } = rounds
    return [
      figure({
        ...{ id: 'idle/connects', label: 'Connects a second', unit: '1/s', better: 'higher', value: messenger.rate },
        against: { name: 'baseline', value: baseline.rate },
      }),
      figure({
        ...{ id: 'idle/memory', label: `Memory a connection at ${SOCKETS} idle sockets`, unit: 'KiB', better: 'lower' },
        ...{ value: messenger.kib, against: { name: 'at most', value: exactly(12) }, target: 1 },
      }),
      figure({
        ...{ id: 'idle/memory-baseline', label: `Memory a connection at ${SOCKETS} idle sockets`, unit: 'KiB' },
        ...{ better: 'lower', value: messenger.kib, against: { name: 'baseline', value: baseline.kib } },
      }),
      figure({
        ...{ id: 'idle/refused', label: `Refused of ${SOCKETS} connects`, unit: '', better: 'lower' },
        value: messenger.refused,
      }),
    ]
  },
}

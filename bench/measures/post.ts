import { alternate, type Bench, type Measure } from '../context.ts'
import { type HttpConnection, httpRequest } from '../http.ts'
import { openConnections, requestLoop } from '../http-load.ts'
import { createPeople } from '../people.ts'
import { figure } from '../results.ts'
import { stretchOf, watchCpu } from '../rig.ts'
import { type System, systems } from '../server.ts'
import { messageText } from '../stamp.ts'

const CONNECTIONS = 64

interface Side {
  connections: HttpConnection[]
  requests: Buffer[]
}

const open = async ({ servers }: Bench, system: System, size: number): Promise<Side> => {
  const people = await createPeople(servers[system], CONNECTIONS)
  const requests = people.map(({ token }, i) => {
    const receiver = people[(i + 1) % people.length]?.id ?? ''
    return httpRequest('POST', '/api/messages', token, messageText(receiver, size))
  })
  return { connections: await openConnections(servers[system].url, CONNECTIONS), requests }
}

const ofSize = (size: number, name: string): Measure => ({
  name: `post-${size}`,
  title: `POST /api/messages at ${name}, ${CONNECTIONS} kept-alive connections`,
  run: async (bench: Bench) => {
    const sides = { baseline: await open(bench, 'baseline', size), messenger: await open(bench, 'messenger', size) }
    const rounds = await alternate(bench, bench.quick ? 2 : 5, async (system) => {
      const { connections, requests } = sides[system]
      const cpu = watchCpu(bench, system)
      const result = await requestLoop(connections, (i) => requests[i] ?? Buffer.alloc(0), 201, {
        ...stretchOf(bench),
        onEdge: cpu.onEdge,
      })
      return { rate: result.rate, serverUs: cpu.perMessage(result.count).serverUs, p99: result.latency.p99 }
    })
    for (const system of systems) for (const connection of sides[system].connections) connection.close()
    const against = (key: 'rate' | 'serverUs') => ({ name: 'baseline', value: rounds.baseline[key] })
    return [
      figure({
        ...{ id: `post-${size}/rate`, label: `POST /api/messages, ${name}: requests a second`, unit: 'req/s' },
        ...{ better: 'higher', value: rounds.messenger.rate, against: against('rate'), target: 2 },
      }),
      figure({
        ...{ id: `post-${size}/server-cpu`, label: `POST /api/messages, ${name}: server CPU a request`, unit: 'us' },
        ...{ better: 'lower', value: rounds.messenger.serverUs, against: against('serverUs') },
      }),
    ]
  },
})

/** Sending over REST. */
export const post: Measure[] = [ofSize(64, '64 B'), ofSize(1024, '1 KiB')]

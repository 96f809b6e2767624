import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/bcrypt'
import { alternate, type Bench, type Measure } from '../context.ts'
import { httpRequest } from '../http.ts'
import { openConnections, requestLoop } from '../http-load.ts'
import { createPeople } from '../people.ts'
import { figure } from '../results.ts'
import { latencyRound, openPairs, stretchOf } from '../rig.ts'
import type { System } from '../server.ts'
import { spread } from '../stats.ts'

const PASSWORD = 'correct horse battery'
/** Logins under way at once: enough to keep every thread busy, few enough not to be refused. */
const AT_ONCE = 4
const CALM_RATE = 500

/** Verifications a second with nothing around them. */
const bareLimit = async (passwordHash: string, workers: number, seconds: number): Promise<number> => {
  const start = performance.now()
  let done = 0
  const loop = async (): Promise<void> => {
    for (; performance.now() - start < seconds * 1000; done++) await verify(PASSWORD, passwordHash)
  }
  await Promise.all(Array.from({ length: workers }, loop))
  return (done * 1000) / (performance.now() - start)
}

/** Logins a second, and what they do to the messages meanwhile. */
export const logins: Measure = {
  name: 'logins',
  title: 'Logins a second beside the bare bcrypt limit, and message latency during a login storm',
  run: async (bench: Bench) => {
    const { servers, quick, progress } = bench
    const passwordHash = await hash(PASSWORD, 10)
    const cores = availableParallelism()
    const bare = { most: [] as number[], all: [] as number[] }
    const prepare = async (system: System) => {
      const [person] = await createPeople(servers[system], 1, passwordHash)
      const body = Buffer.from(JSON.stringify({ username: `bench-${person?.id}`, password: PASSWORD }))
      return httpRequest('POST', '/api/auth/login', '', body)
    }
    const requests = { baseline: await prepare('baseline'), messenger: await prepare('messenger') }
    const storm = async (system: System) => {
      const connections = await openConnections(servers[system].url, AT_ONCE)
      const result = await requestLoop(connections, () => requests[system], 200, stretchOf(bench))
      for (const connection of connections) connection.close()
      return result
    }
    const rounds = await alternate(bench, quick ? 1 : 3, async (system) => {
      const seconds = quick ? 0.7 : 3
      bare.most.push(await bareLimit(passwordHash, Math.max(1, cores - 1), seconds))
      bare.all.push(await bareLimit(passwordHash, cores, seconds))
      return { rate: (await storm(system)).rate }
    })
    progress(
      `  bare bcrypt ${spread(bare.most).median.toFixed(1)} a second, on all cores ${spread(bare.all).median.toFixed(1)}`,
    )

    const rig = await openPairs(bench, { pairs: 50, size: 64, slots: 16 })
    const calm = await alternate(bench, quick ? 1 : 5, (system) => latencyRound(bench, rig, system, CALM_RATE))
    const stormy = await alternate(bench, quick ? 1 : 5, async (system) => {
      const [logins, { p50, p99 }] = await Promise.all([storm(system), latencyRound(bench, rig, system, CALM_RATE)])
      return { p50, p99, logins: logins.rate }
    })
    await rig.close()
    const limit = (name: string, values: number[]) => ({ name, value: spread(values) })
    return [
      figure({
        ...{ id: 'logins/rate', label: 'Logins a second', unit: '1/s', better: 'higher', value: rounds.messenger.rate },
        // One core is the event loop's: a server that hands them all to bcrypt lets the messages wait.
        ...{ against: limit('bare bcrypt on all cores but one', bare.most), target: 0.9 },
      }),
      figure({
        ...{
          id: 'logins/all-cores',
          label: 'Logins a second',
          unit: '1/s',
          better: 'higher',
          value: rounds.messenger.rate,
        },
        against: limit('bare bcrypt on all cores', bare.all),
      }),
      figure({
        ...{
          id: 'logins/baseline',
          label: 'Logins a second',
          unit: '1/s',
          better: 'higher',
          value: rounds.messenger.rate,
        },
        against: { name: 'baseline', value: rounds.baseline.rate },
      }),
      figure({
        ...{
          id: 'logins/storm',
          label: `Message p99 in a login storm, ${CALM_RATE} msg/s`,
          unit: 'ms',
          better: 'lower',
        },
        ...{
          value: stormy.messenger.p99,
          against: { name: 'without the storm', value: calm.messenger.p99 },
          target: 0.5,
        },
      }),
      figure({
        ...{ id: 'logins/storm-baseline', label: `Message p99 in a login storm, ${CALM_RATE} msg/s`, unit: 'ms' },
        ...{ better: 'lower', value: stormy.messenger.p99, against: { name: 'baseline', value: stormy.baseline.p99 } },
      }),
    ]
  },
}

import { archiveSize, crowd, fillArchive } from '../archive.ts'
import { alternate, type Bench, type Measure } from '../context.ts'
import { connectHttp, httpRequest } from '../http.ts'
import { figure } from '../results.ts'
import type { Server } from '../server.ts'
import { quantiles, Samples } from '../stats.ts'

/** The median time of one request asked again and again over one connection. */
const timeOf = async (server: Server, path: string, token: string, seconds: number): Promise<number> => {
  const connection = await connectHttp(server.url)
  const request = httpRequest('GET', path, token)
  const samples = new Samples()
  for (let warmUp = 0; warmUp < 20; warmUp++) await connection.ask(request)
  const until = performance.now() + seconds * 1000
  while (performance.now() < until || samples.length < 10) {
    const { status, ms } = await connection.ask(request)
    if (status !== 200) throw new Error(`GET ${path} answers ${status}`)
    samples.push(ms)
  }
  connection.close()
  return quantiles(samples).p50
}

/** Reading a large archive: at its end, deep in it, and the list of conversations. */
export const history: Measure = {
  name: 'history',
  title: 'History and conversations in a table of 1,000,000 messages (--quick: 250,000)',
  run: async (bench: Bench) => {
    const { servers, quick, progress } = bench
    const count = archiveSize(quick)
    const size = count.toLocaleString('en-US')
    progress(`  filling both databases with ${size} messages`)
    const archive = await fillArchive(servers.messenger, count)
    const plain = await fillArchive(servers.baseline, count)
    const seconds = quick ? 0.5 : 2
    const page = `/api/messages/${archive.peer.id}?limit=50`
    const plainPage = `/api/messages/${plain.peer.id}?limit=50`
    const rounds = await alternate(bench, quick ? 1 : 5, async (system) => {
      if (system === 'baseline')
        return {
          first: await timeOf(servers.baseline, plainPage, plain.owner.token, seconds),
          deep: await timeOf(servers.baseline, `${plainPage}&offset=100000`, plain.owner.token, seconds),
          small: Number.NaN,
          large: Number.NaN,
        }
      const ask = (path: string, token: string) => timeOf(servers.messenger, path, token, seconds)
      return {
        first: await ask(page, archive.owner.token),
        deep: await ask(`${page}&before=${archive.deepId}`, archive.owner.token),
        small: await ask('/api/conversations?limit=50', archive.small.token),
        large: await ask('/api/conversations?limit=50', archive.owner.token),
      }
    })
    const { baseline, messenger } = rounds
    const one = (id: string, label: string) => ({ id: `history/${id}`, label, unit: 'ms', better: 'lower' as const })
    return [
      figure({
        ...one('first', 'History of 50, page 1'),
        ...{ value: messenger.first, against: { name: 'baseline', value: baseline.first } },
      }),
      figure({
        ...one('deep', 'History of 50 at depth 100,000'),
        ...{ value: messenger.deep, against: { name: 'baseline (offset)', value: baseline.deep } },
      }),
      figure({
        ...one('depth', 'History of 50 at depth 100,000'),
        ...{ value: messenger.deep, against: { name: 'page 1', value: messenger.first }, target: 0.5 },
      }),
      figure({
        ...one('conversations', `Conversations of a user with ${crowd} peers and ${size} messages`),
        ...{ value: messenger.large, against: { name: 'a small mailbox', value: messenger.small }, target: 0.5 },
      }),
    ]
  },
}

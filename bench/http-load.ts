import type { Stretch } from './generator.ts'
import { connectHttp, type HttpConnection } from './http.ts'
import { quantiles, Samples } from './stats.ts'

/** What a loop of requests has shown over its measured stretch. */
export interface RequestResult {
  readonly count: number
  readonly rate: number
  readonly latency: { p50: number; p99: number; p999: number }
  /** Answers with another status than the one expected. */
  readonly refused: number
}

/** Several kept-alive connections to one server. */
export const openConnections = (url: URL, count: number): Promise<HttpConnection[]> =>
  Promise.all(Array.from({ length: count }, () => connectHttp(url)))

/**
 * Every connection asks again as soon as it has its answer.
 * @param requestFor the request of the connection with that number
 * @param expected the status that counts
 * @throws when more than one in ten is refused
 */
export const requestLoop = async (
  connections: readonly HttpConnection[],
  requestFor: (connection: number) => Buffer,
  expected: number,
  { warmUp, duration, onEdge }: Stretch,
): Promise<RequestResult> => {
  const latency = new Samples()
  let refused = 0
  let otherStatus = 0
  const from = performance.now() + warmUp * 1000
  const until = from + duration * 1000
  const started = setTimeout(() => onEdge?.('start'), warmUp * 1000)
  let isEnded = false
  const end = (): void => {
    if (!isEnded) onEdge?.('end')
    isEnded = true
  }
  const ended = setTimeout(end, (warmUp + duration) * 1000)
  const loop = async (connection: HttpConnection, i: number): Promise<void> => {
    for (let now = performance.now(); now < until; now = performance.now()) {
      const { status, ms } = await connection.ask(requestFor(i))
      const answeredAt = performance.now()
      if (answeredAt < from || answeredAt >= until) continue
      if (status === expected) latency.push(ms)
      else {
        refused++
        otherStatus = status
      }
    }
  }
  try {
    await Promise.all(connections.map(loop))
    // The last answers may come in the very turn in which the timer is due.
    end()
  } finally {
    clearTimeout(started)
    clearTimeout(ended)
  }
  if (refused > latency.length / 10)
    throw new Error(`${refused} answers had another status than ${expected}, such as ${otherStatus}`)
  return { count: latency.length, rate: latency.length / duration, latency: quantiles(latency), refused }
}

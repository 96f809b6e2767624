import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { lowerHelperThreads } from '../src/helper-threads.ts'
import { ownCpuMs } from './cpu.ts'
import { Pair, type PairOptions } from './pair.ts'
import type { Person } from './people.ts'
import { Tally } from './tally.ts'

// V8 collects the whole heap of a process that allocates little, to give memory back: twice in 5 s of an open loop, each
// time with threads on both cores. In a round that was traced 258 of 405 late messages came with two such collections.
setFlagsFromString('--no-memory-reducer')
// What still collects and compiles shall not take a core from what is under test.
lowerHelperThreads()

/** How long the last messages may take to arrive after the load has ended. */
const DRAIN_MS = 15_000
/** Handshakes under way at once. */
const CONNECTING = 50

/** Seconds, and what to do at the edges of the measured stretch (read somebody's CPU time, say). */
export interface Stretch {
  readonly warmUp: number
  readonly duration: number
  readonly signal?: AbortSignal
  /** Latency from the moment of sending: only where no message can delay the next one, and timers are too coarse. */
  readonly exact?: boolean
  onEdge?(edge: 'start' | 'end'): void
  /** Called once a second. */
  onSecond?(tally: Tally): void
}

/** What one run has shown. */
export interface RunResult {
  readonly tally: Tally
  /** Length of the measured stretch. */
  readonly seconds: number
  /** Messages a second that were acknowledged to the sender and read by the receiver. */
  readonly rate: number
  /** How much of one core this process used meanwhile, 0 to 1. */
  readonly generatorCpu: number
}

/** Pairs of sockets that load one server in run after run. */
export interface Generator {
  /** Every sender keeps `window` messages under way. */
  closedLoop(window: number, stretch: Stretch): Promise<RunResult>
  /** `rate` messages a second over all senders, sent when due however slow the server is. */
  openLoop(rate: number, stretch: Stretch): Promise<RunResult>
  close(): void
}

const warmUpAndMeasure = async (tally: Tally, stretch: Stretch): Promise<{ seconds: number; generatorCpu: number }> => {
  const pause = (seconds: number) =>
    sleep(seconds * 1000, undefined, { ...(stretch.signal && { signal: stretch.signal }) })
  await pause(stretch.warmUp).catch(() => {})
  tally.from = performance.now()
  const cpuBefore = ownCpuMs()
  stretch.onEdge?.('start')
  await pause(stretch.duration).catch(() => {})
  tally.until = performance.now()
  stretch.onEdge?.('end')
  const elapsed = tally.until - tally.from
  return { seconds: elapsed / 1000, generatorCpu: (ownCpuMs() - cpuBefore) / elapsed }
}

const drain = async (tally: Tally): Promise<void> => {
  const deadline = performance.now() + DRAIN_MS
  while (!tally.settled && performance.now() < deadline) await sleep(20)
}

/** Connects everybody: people 0 and 1 are a pair, 2 and 3, and so on. */
export const createGenerator = async (options: PairOptions, people: readonly Person[]): Promise<Generator> => {
  // Messages of an earlier process may still be on their way to the same users: begin anywhere.
  let runs = Math.floor(Math.random() * 100)
  let tally = new Tally(runs % 100)
  const pairs: Pair[] = []
  const couples: [Person, Person][] = []
  for (let i = 0; i + 1 < people.length; i += 2) couples.push(people.slice(i, i + 2) as [Person, Person])
  for (let i = 0; i < couples.length; i += CONNECTING)
    pairs.push(...(await Promise.all(couples.slice(i, i + CONNECTING).map((two) => Pair.connect(options, two, tally)))))

  const begin = (): void => {
    tally = new Tally(++runs % 100)
    for (const pair of pairs) pair.begin(tally)
  }
  const finish = async (stretch: Stretch): Promise<RunResult> => {
    const current = tally
    const ticker = setInterval(() => stretch.onSecond?.(current), 1000)
    const measured = await warmUpAndMeasure(current, stretch)
    clearInterval(ticker)
    for (const pair of pairs) pair.onAnswered = () => {}
    await drain(current)
    return {
      tally: current,
      ...measured,
      rate: Math.min(current.measuredAcked, current.measuredDelivered) / measured.seconds,
    }
  }

  return {
    closedLoop: (window, stretch) => {
      begin()
      const refill = (pair: Pair): void => {
        if (pair.outstanding < window) pair.sendWindow(window - pair.outstanding, performance.now())
      }
      for (const pair of pairs) {
        pair.onAnswered = refill
        refill(pair)
      }
      return finish(stretch)
    },
    openLoop: async (rate, stretch) => {
      begin()
      const start = performance.now()
      const gap = 1000 / rate
      let due = 0
      // What is due goes out with the next tick or answer (ticks alone are half a millisecond late), and its latency counts
      // from when it was due.
      const sendDue = (): void => {
        const now = performance.now()
        for (let at = start + due * gap; at <= now; at = start + ++due * gap)
          pairs[due % pairs.length]?.sendScheduled(stretch.exact ? now : at)
      }
      const timer = setInterval(sendDue, 1)
      for (const pair of pairs) pair.onAnswered = sendDue
      const ended = finish({
        ...stretch,
        onEdge: (edge) => {
          if (edge === 'end') clearInterval(timer)
          stretch.onEdge?.(edge)
        },
      })
      return ended.finally(() => clearInterval(timer))
    },
    close: () => {
      for (const pair of pairs) pair.close()
    },
  }
}

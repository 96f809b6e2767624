import { setTimeout as sleep } from 'node:timers/promises'
import { getPeople } from './accounts.ts'
import { createGenerator, type RunResult } from './generator.ts'
import { type LoadOptions, loadHelp, parseLoadOptions } from './load-options.ts'
import { UsageError } from './options.ts'
import { percentile } from './stats.ts'

const summary = ({ tally, seconds, rate, generatorCpu }: RunResult): string => {
  const sorted = tally.latency.sorted()
  const ms = (fraction: number): string => `${percentile(sorted, fraction).toFixed(2)} ms`
  const rows: [string, string | number][] = [
    ['sent', tally.sent],
    ['acknowledged (stored)', tally.acked],
    ['delivered', tally.delivered],
    ['passed on, not stored', tally.passedOn],
    ['refused', tally.errors],
    ['measured seconds', seconds.toFixed(1)],
    ['messages a second', Math.round(rate)],
    ['latency p50', ms(0.5)],
    ['latency p90', ms(0.9)],
    ['latency p99', ms(0.99)],
    ['latency p99.9', ms(0.999)],
    ['latency max', ms(1)],
    ['CPU of this generator', `${Math.round(generatorCpu * 100)} % of a core`],
  ]
  const lines = rows.map(([name, value]) => `${name.padEnd(24)}${String(value).padStart(14)}`)
  if (generatorCpu > 0.6) lines.push('The generator was busy itself: the server may be faster than this.')
  if (tally.firstError !== '') lines.push(`First refusal: ${tally.firstError}`)
  return lines.join('\n')
}

const run = async (options: LoadOptions): Promise<boolean> => {
  const { url, size, mode, warmUp, duration } = options
  console.error(`Getting ${options.users} users`)
  const people = await getPeople(options, (done) => process.stderr.write(`\r${done} of ${options.users} `))
  const slots = 'window' in mode ? mode.window : 16
  const generator = await createGenerator({ url, size, slots }, people)
  console.error(
    `\nConnected ${options.users} sockets; ${warmUp} s of warm-up, then ${duration} s. Ctrl-C ends it early.`,
  )
  const stop = new AbortController()
  process.on('SIGINT', () => stop.abort())
  let before = 0
  const stretch = {
    ...{ warmUp, duration, signal: stop.signal },
    onSecond: ({ delivered, errors }: RunResult['tally']): void => {
      console.error(`${delivered - before} msg/s, ${errors} refused`)
      before = delivered
    },
  }
  const result = await ('rate' in mode
    ? generator.openLoop(mode.rate, stretch)
    : generator.closedLoop(mode.window, stretch))
  // Time to answer the server's last pings: what they do not prove is delivered again at the next connect.
  await sleep(300)
  generator.close()
  console.log(summary(result))
  return result.tally.settled && result.tally.errors + result.tally.passedOn === 0
}

try {
  const options = parseLoadOptions(process.argv.slice(2))
  if (options === 'help') console.log(loadHelp)
  else if (!(await run(options))) process.exitCode = 1
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = 1
}

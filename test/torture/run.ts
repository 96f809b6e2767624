import { parseArgs } from 'node:util'
import { isWithinBounds, measureMemory } from './memory/measure.ts'
import { formatFindings, formatTable, isClean } from './report.ts'
import { torture } from './torture.ts'
import { builtServer } from './world.ts'

const HELP = `npm run torture -- [options]

Kills, freezes and cuts off servers, database and network under load, and checks that no message is lost, doubled or
reordered. Ends with 0 where all is well.

  --plan <name>       mixed: everything; killer: kill -9 of both alone; memory: load that takes memory (mixed)
  --minutes <number>  how long mixed and killer take (10)
  --seed <number>     the same seed chooses the same faults (1)
  --clients <number>  clients (24)
  --rate <number>     messages a second (250)
  --scale <number>    how much of its load memory brings, 1 is all (1)
  --help              this text`

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string', default: '1' },
        clients: { type: 'string', default: '24' },
        rate: { type: 'string', default: '250' },
        plan: { type: 'string', default: 'mixed' },
        scale: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    process.exit(2)
  }
}

const values = readOptions()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const number = (name: 'minutes' | 'seed' | 'clients' | 'rate' | 'scale'): number => {
  const value = Number(values[name])
  if (Number.isFinite(value) && value > 0) return value
  console.error(`--${name} must be a number greater than 0`)
  process.exit(2)
}
if (values.plan === 'memory') {
  const result = await measureMemory({ scale: number('scale'), seconds: 15, command: builtServer, log: console.log })
  process.exit(isWithinBounds(result) ? 0 : 1)
}
if (values.plan !== 'mixed' && values.plan !== 'killer') {
  console.error('--plan must be mixed, killer or memory')
  process.exit(2)
}

const abort = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort())

try {
  const result = await torture({
    minutes: number('minutes'),
    seed: number('seed'),
    clients: number('clients'),
    rate: number('rate'),
    plan: values.plan,
    command: builtServer,
    log: console.log,
    signal: abort.signal,
  })
  console.log(formatTable(result))
  if (!isClean(result)) {
    console.error(formatFindings(result))
    process.exitCode = 1
  }
} catch (error) {
  console.error(abort.signal.aborted ? 'stopped' : error)
  process.exitCode = abort.signal.aborted ? 130 : 1
}

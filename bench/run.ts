import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.ts'
import { cleanUp, cleanUpOnSignal } from './cleanup.ts'
import type { Bench, Figure } from './context.ts'
import { describeMachine } from './machine.ts'
import { measures } from './measures/index.ts'
import { benchHelp, parseBenchOptions, UsageError } from './options.ts'
import { removePeople } from './people.ts'
import { type Cluster, startCluster } from './postgres.ts'
import type { Results } from './results.ts'
import { openPairs } from './rig.ts'
import { type Server, type System, startServer, systems } from './server.ts'
import { textTable } from './table.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const progress = (text: string): void => console.error(text)

const openBench = async (quick: boolean): Promise<{ bench: Bench; cluster: Cluster }> => {
  const cluster = await startCluster()
  const secret = randomBytes(32).toString('hex')
  for (const name of ['bench_baseline', 'bench_messenger']) await cluster.createDatabase(name)
  const start = (system: System): Promise<Server> => startServer(system, cluster, `bench_${system}`, secret)
  const servers = { baseline: await start('baseline'), messenger: await start('messenger') }
  return { cluster, bench: { quick, cluster, servers, start, progress } }
}

const main = async (): Promise<void> => {
  const names = measures.map(({ name }) => name)
  const options = parseBenchOptions(process.argv.slice(2), names)
  if (options === 'help') return console.log(benchHelp(names))
  const startedAt = performance.now()
  cleanUpOnSignal()
  progress('Building the server')
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: here('..'), stdio: ['ignore', 'inherit', 'inherit'] })
  progress('Starting PostgreSQL and both servers')
  const { bench, cluster } = await openBench(options.quick)
  progress('Warming up')
  const rig = await openPairs(bench, { pairs: 50, size: 256, slots: 8 })
  for (const system of systems)
    await rig.generators[system].closedLoop(8, { warmUp: 0, duration: options.quick ? 2 : 5 })
  rig.disconnect()
  const figures: Figure[] = []
  for (const measure of measures) {
    if (options.only.length > 0 && !options.only.some((name) => measure.name.startsWith(name))) continue
    // Quick: one payload size says enough about latency and REST.
    if (options.quick && options.only.length === 0 && ['latency-1024', 'post-1024'].includes(measure.name)) continue
    progress(`${measure.title} (${measure.name})`)
    for (const system of systems) await removePeople(bench.servers[system])
    const begunAt = performance.now()
    figures.push(...(await measure.run(bench)))
    progress(`  ${((performance.now() - begunAt) / 1000).toFixed(1)} s`)
  }
  const results: Results = {
    date: new Date().toISOString(),
    quick: options.quick,
    machine: describeMachine(await cluster.version()),
    figures,
  }
  console.log(textTable(results))
  if (!options.dry) {
    await writeFile(here('results.json'), `${JSON.stringify(results, null, 2)}\n`)
    await writeFile(here('results.svg'), chart(results))
  }
  progress(`Done in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = 1
} finally {
  await cleanUp()
}

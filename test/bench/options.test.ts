import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { parseLoadOptions } from '../../bench/load-options.ts'
import { parseBenchOptions } from '../../bench/options.ts'

t.test('the load generator reads its command line', async (t) => {
  t.equal(parseLoadOptions(['--help']), 'help')
  t.match(parseLoadOptions(['--url', 'ws://127.0.0.1:8080', '--users', '4']), {
    users: 4,
    size: 64,
    mode: { window: 8 },
  })
  t.match(parseLoadOptions(['--url', 'http://[::1]:1', '--rate', '500']), { mode: { rate: 500 }, minted: undefined })
  const refused: [string[], RegExp][] = [
    [[], /--url is missing/],
    [['--url', 'nowhere'], /--url must be/],
    [['--url', 'http://a', '--users', '3'], /even/],
    [['--url', 'http://a', '--users', 'many'], /--users must be a whole number from 2 to 20000, not many/],
    [['--url', 'http://a', '--rate', '5', '--window', '5'], /exclude each other/],
    [['--url', 'http://a', '--size', '1'], /--size/],
    [['--url', 'http://a', '--duration', '100000'], /--duration/],
    [['--url', 'http://a', '--secret', 'x'], /belong together/],
    [['--url', 'http://a', '--colour', 'red'], /colour/],
  ]
  for (const [args, message] of refused) t.throws(() => parseLoadOptions(args), { message }, args.join(' '))
})

t.test('the benchmark reads its command line', async (t) => {
  const names = ['throughput-64', 'idle']
  t.equal(parseBenchOptions(['-h'], names), 'help')
  t.same(parseBenchOptions([], names), { quick: false, only: [], dry: false })
  t.same(parseBenchOptions(['--quick', '--only', 'idle'], names), { quick: true, only: ['idle'], dry: true })
  t.throws(() => parseBenchOptions(['--only', 'nothing'], names), { message: /no measurement is called nothing/ })
})

t.test('a mistake costs one line and exit code 1, help none', async (t) => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', ...args])
  const failed = await run('bench/load.ts', '--users', '2').catch((error) => error)
  t.equal(failed.code, 1)
  t.match(failed.stderr.trim(), /^--url is missing; --help tells more$/)
  t.match((await run('bench/load.ts', '--help')).stdout, /--duration <s>/)
  t.match((await run('bench/run.ts', '--help')).stdout, /--quick/)
})

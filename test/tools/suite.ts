import { spawn } from 'node:child_process'
import { mkdtemp, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleTests } from './bundle.ts'
import { endProcess } from './leftovers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files that run at a time, on two cores: each waits a third of its time. */
const JOBS = 3
/** The longest that one file may take, in milliseconds. What takes longer hangs: the longest takes an eighth of it. */
const LIMIT = 300_000

/**
 * Begun first, so that none of them runs on when all others have ended: what takes ten seconds or more, those that wait
 * beside those that work. The rest follows by name.
 */
const LONGEST = [
  'test/torture.test.ts',
  'test/deploy/handover-kill.test.ts',
  'test/browser/history.test.ts',
  'test/start.test.ts',
  'test/deploy/handover-failure.test.ts',
  'test/db/embedded.test.ts',
  'test/browser/look.test.ts',
  'test/mailbox.test.ts',
  'test/guarantees/stalled-reader.test.ts',
  'test/guarantees/frozen-database.test.ts',
  'test/browser/loss.test.ts',
  'test/outage.test.ts',
  'test/deploy/docker.test.ts',
  'test/docs/protocol.test.ts',
  'test/browser/storage.test.ts',
  'test/browser/talk.test.ts',
  'test/server.test.ts',
]

const COUNTS = /^# \{ total: \d+.*\}$/m

/** How many assertions passed and failed. */
export interface Sums {
  passed: number
  failed: number
}

/** All test files, or those that are named, in the order in which they are best begun. */
const chooseFiles = async (named: readonly string[]): Promise<string[]> => {
  if (named.length > 0) return [...named]
  const names = await readdir(join(root, 'test'), { recursive: true })
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`)
  return [...new Set([...LONGEST.filter((name) => files.includes(name)), ...files.sort()])]
}

/** What the TAP of a file says. One that counted nothing, or failed in a way that no test shows, is a failure. */
const readSums = (tap: string, code: number | null): Sums => {
  const counts = COUNTS.exec(tap)?.[0] ?? ''
  const sums = {
    passed: Number(/pass: (\d+)/.exec(counts)?.[1] ?? 0),
    failed: Number(/fail: (\d+)/.exec(counts)?.[1] ?? 0),
  }
  if (sums.failed === 0 && (code !== 0 || sums.passed === 0)) sums.failed = 1
  return sums
}

/**
 * Runs one file in a process group of its own, which ends with it. It writes to a file: a pipe would stay open for as
 * long as anything that the test has left behind.
 */
const runFile = async (module: string, env: NodeJS.ProcessEnv, log: string, stop: AbortSignal) => {
  const output = await open(log, 'w')
  const started = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', module], {
    cwd: root,
    env: { ...env, TAP: '1', TAP_TIMEOUT: String(LIMIT / 1000) },
    stdio: ['ignore', output.fd, output.fd],
    detached: true,
  })
  const kill = (): void => endProcess(-Number(child.pid))
  stop.addEventListener('abort', kill)
  // Tap says what it waits for, and ends.
  const alarm = setTimeout(() => child.kill('SIGALRM'), LIMIT)
  const end = setTimeout(kill, LIMIT + 5_000)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  for (const timer of [alarm, end]) clearTimeout(timer)
  stop.removeEventListener('abort', kill)
  kill()
  await output.close()
  return { code, tap: await readFile(log, 'utf8'), ms: Math.round(performance.now() - started) }
}

/**
 * Runs test files: all of them, or those that are named. Writes one line for a file that passed, and everything that it
 * wrote for one that did not.
 * @param directory where they may leave what they write
 */
export const runSuite = async (
  named: readonly string[],
  { env, directory, stop }: { env: NodeJS.ProcessEnv; directory: string; stop: AbortSignal },
): Promise<Sums> => {
  const sums = { passed: 0, failed: 0 }
  const files = await chooseFiles(named)
  const folder = await mkdtemp(join(directory, 'suite-'))
  const modules = await bundleTests(files, folder)
  const queue = files.entries()
  const work = async (): Promise<void> => {
    for (const [index, file] of queue) {
      if (stop.aborted) return
      const { code, tap, ms } = await runFile(modules[index] ?? '', env, join(folder, `${index}.tap`), stop)
      const { passed, failed } = readSums(tap, code)
      sums.passed += passed
      sums.failed += failed
      console.log(failed === 0 ? `ok      ${file} ${ms} ms` : `${tap}FAILED  ${file} ${ms} ms`)
    }
  }
  await Promise.all(Array.from({ length: JOBS }, work))
  if (stop.aborted) sums.failed += 1
  return sums
}

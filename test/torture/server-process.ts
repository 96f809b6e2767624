import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** The server as a process of its own, to be killed and frozen. */
export interface ServerProcess {
  readonly port: number
  readonly pid: () => number | undefined
  /** Ends that nobody asked for: a defect each. */
  readonly crashes: string[]
  /** Starts it and waits until it answers. */
  readonly start: () => Promise<void>
  readonly kill: () => Promise<void>
  /** Ends it from an `exit` handler, where nothing can be waited for. */
  readonly abandon: () => void
  /** Sends SIGTERM and waits for the end. @returns the exit code, or null after a signal */
  readonly terminate: () => Promise<number | null>
  readonly freeze: () => void
  readonly thaw: () => void
  /** @returns the status of `GET /health`, or 0 without an answer in time */
  readonly health: () => Promise<number>
  /** @returns the last lines that it wrote */
  readonly log: () => string
}

/** What the server is started with, and how. */
export interface ServerOptions {
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  /** Arguments of node: the file to run, and what it needs. */
  readonly command: readonly string[]
}

const LOG_LINES = 200

/** Prepares the server; it is not running until `start`. */
export const createServerProcess = ({ port, env, command }: ServerOptions): ServerProcess => {
  const crashes: string[] = []
  let lines: string[] = []
  let child: ChildProcess | undefined
  let expected = false

  const ask = async (path: string): Promise<number> => {
    const answer = fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1500) })
    return answer.then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
  }

  const start = async () => {
    expected = false
    const fresh = spawn(process.execPath, command, {
      env: { PATH: process.env['PATH'] ?? '', ...env, HTTP_ADDR: `127.0.0.1:${port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = fresh
    for (const stream of [fresh.stdout, fresh.stderr]) {
      stream.on('data', (chunk) => {
        lines = [
          ...lines,
          ...String(chunk)
            .split('\n')
            .filter((line) => line !== '' && !line.includes('"/health"')),
        ].slice(-LOG_LINES)
      })
    }
    fresh.once('exit', (code, signal) => {
      if (child !== fresh) return
      child = undefined
      if (expected) return
      crashes.push(`exit ${code ?? signal}: ${lines.slice(-12).join('\n')}`)
      start().catch((error) => crashes.push(String(error)))
    })
    for (let attempt = 0; attempt < 1_200; attempt += 1) {
      if (child !== fresh || (await ask('/health/live')) === 200) return
      await sleep(50)
    }
    throw new Error(`the server does not start:\n${lines.slice(-20).join('\n')}`)
  }

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    expected = true
    const dying = child
    if (!dying) return null
    const [code] = (await Promise.all([once(dying, 'exit'), dying.kill(signal)]))[0] as [number | null]
    return code
  }

  return {
    port,
    pid: () => child?.pid,
    crashes,
    start,
    kill: async () => void (await end('SIGKILL')),
    abandon: () => void child?.kill('SIGKILL'),
    terminate: () => end('SIGTERM'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    health: () => ask('/health'),
    log: () => lines.join('\n'),
  }
}

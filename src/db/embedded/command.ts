import { spawn } from 'node:child_process'

/** The user that a PostgreSQL program runs as; none means the user that we are. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** How a program ended, and everything that it wrote. */
export interface Outcome {
  readonly code: number
  readonly output: string
}

/**
 * Runs a program to its end. It sees none of our environment, so that PGDATA, PGHOST, LC_ALL and the like can't
 * disturb it, and starts in `/`, because another user may not be able to read the folder that we are in.
 */
export const run = (program: string, args: readonly string[], account?: Account): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      ...account,
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal is for us to handle, not for a pg_ctl at work.
      detached: true,
    })
    let output = ''
    const append = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', append)
    child.stderr.on('data', append)
    child.once('error', (error) => resolve({ code: -1, output: `${program}: ${error.message}` }))
    // `exit`, not `close`: the postmaster that pg_ctl leaves behind may inherit the pipes.
    child.once('exit', (code) => setImmediate(resolve, { code: code ?? -1, output: output.trim() }))
  })

/** Runs a line of shell as the account, and tells whether it succeeded. */
export const succeeds = async (script: string, args: readonly string[], account?: Account): Promise<boolean> =>
  (await run('/bin/sh', ['-c', script, 'sh', ...args], account)).code === 0

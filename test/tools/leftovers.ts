import { readdir, readlink, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Kills a process, or with a negative number a group, unless it has ended. */
export const endProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, or is none of ours.
  }
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes a folder of a test run and ends what still works in it: servers and databases of tests that were killed. */
export const clear = async (directory: string): Promise<void> => {
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (folder.startsWith(`${directory}/`)) endProcess(Number(pid))
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

/** Clears up after runs that were killed: the folders' names start with `prefix` and the number of the run's process. */
export const sweep = async (prefix: string): Promise<void> => {
  for (const name of await readdir(dirname(prefix))) {
    const pid = name.startsWith(basename(prefix))
      ? Number.parseInt(name.slice(basename(prefix).length), 10)
      : Number.NaN
    // Another user's folder stays.
    if (pid > 0 && !isRunning(pid)) await clear(join(dirname(prefix), name)).catch(() => undefined)
  }
}

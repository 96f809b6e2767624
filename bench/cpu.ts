import { readdirSync, readFileSync } from 'node:fs'

// Linux reports CPU time in ticks of USER_HZ, which is 100 on every architecture that Node runs on.
const MS_PER_TICK = 10

interface Stat {
  readonly parent: number
  readonly ownMs: number
  readonly reapedMs: number
}

const readStat = (pid: number | string): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command's name may hold spaces and brackets: what counts starts after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = (index: number): number => Number(fields[index] ?? 0)
    return {
      parent: ticks(1),
      ownMs: (ticks(11) + ticks(12)) * MS_PER_TICK,
      reapedMs: (ticks(13) + ticks(14)) * MS_PER_TICK,
    }
  } catch {
    return undefined // It has just ended; its parent has its time now.
  }
}

/** CPU milliseconds that a process has used since it started, all threads, user and kernel. */
export const processCpuMs = (pid: number): number => readStat(pid)?.ownMs ?? 0

/** CPU milliseconds of a process, its children, and those of its children that have ended. */
export const familyCpuMs = (pid: number): number => {
  const root = readStat(pid)
  if (root === undefined) return 0
  let total = root.ownMs + root.reapedMs
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = readStat(entry)
    if (stat?.parent === pid) total += stat.ownMs + stat.reapedMs
  }
  return total
}

/** Resident memory of a process in bytes, without the pages of files. */
export const residentBytes = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  return Number(kilobytes ?? Number.NaN) * 1024
}

/** This process's own CPU milliseconds. */
export const ownCpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

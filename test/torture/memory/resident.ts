import { readFileSync } from 'node:fs'

/** Between two looks, in milliseconds. */
const INTERVAL = 25

const resident = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** A watch over the resident memory of a process. */
export interface MemoryWatch {
  /** The most since the last call, in bytes. */
  peak(): number
  stop(): void
}

/** Looks at the resident memory of a process forty times a second. */
export const watchMemory = (pid: number): MemoryWatch => {
  let most = 0
  const look = () => {
    most = Math.max(most, resident(pid))
  }
  const timer = setInterval(look, INTERVAL)
  return {
    peak: () => {
      look()
      const peak = most
      most = 0
      return peak
    },
    stop: () => clearInterval(timer),
  }
}

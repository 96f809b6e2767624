import { setTimeout as sleep } from 'node:timers/promises'
import { startWorld, type World } from '../world.ts'
import { readBound } from './bound.ts'
import { floods, frozenReader, idle, largestFrames, type Stage, type Trace } from './phases.ts'
import { watchMemory } from './resident.ts'

const MIB = 1_048_576

const phases: Record<string, (stage: Stage) => Promise<Trace>> = {
  'idle sockets': idle,
  'a reader who is frozen': frozenReader,
  'sockets that flood': floods,
  'largest frames': largestFrames,
}

/** One phase in figures. */
export interface MemoryRow {
  readonly phase: string
  readonly sockets: number
  readonly acknowledged: number
  /** Bytes of resident memory: the most that was seen, and the most that ARCHITECTURE.md allows. */
  readonly peak: number
  readonly bound: number
  /** Acknowledged messages that are not stored, or did not reach who should have them. */
  readonly lost: number
}

/** Every phase, and ends of the server that nobody asked for. */
export interface MemoryResult {
  readonly rows: readonly MemoryRow[]
  readonly crashes: readonly string[]
}

interface MemoryOptions {
  /** 1 for 5,000 idle sockets, 1,000 that flood and 100,000 messages for a frozen reader. */
  readonly scale: number
  /** How long idle sockets are watched and a flood lasts. */
  readonly seconds: number
  readonly command: readonly string[]
  readonly log: (line: string) => void
}

const countStored = async ({ postgres }: World, ids: readonly string[]): Promise<number> => {
  const sql = postgres.connect()
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from messages where id = any(${ids}::uuid[])`
  await sql.end()
  return row?.n ?? 0
}

/** Loads one server in every way that takes memory, and watches how much it takes. */
export const measureMemory = async ({ scale, seconds, command, log }: MemoryOptions): Promise<MemoryResult> => {
  const boundFor = await readBound()
  const world = await startWorld(command)
  const watch = watchMemory(world.server.pid() as number)
  const rows: MemoryRow[] = []
  try {
    for (const [phase, run] of Object.entries(phases)) {
      // Everybody is new, so that nothing waits for anybody from the phase before.
      const users = await world.addUsers(Math.max(20, Math.round(5_000 * scale)))
      watch.peak()
      const { sockets, acknowledged, undelivered } = await run({ world, users, scale, seconds })
      const lost = undelivered + acknowledged.length - (await countStored(world, acknowledged))
      const row = {
        phase,
        sockets,
        acknowledged: acknowledged.length,
        peak: watch.peak(),
        bound: boundFor(sockets),
        lost,
      }
      rows.push(row)
      log(formatMemoryRow(row))
      await sleep(1_000)
    }
    return { rows, crashes: world.server.crashes }
  } finally {
    watch.stop()
    await world.stop()
  }
}

/** Whether the server stayed below its bound and lost nothing. */
export const isWithinBounds = ({ rows, crashes }: MemoryResult): boolean =>
  crashes.length === 0 && rows.every(({ peak, bound, lost }) => peak < bound && lost === 0)

/** A phase as a line for a person. */
export const formatMemoryRow = ({ phase, sockets, acknowledged, peak, bound, lost }: MemoryRow): string => {
  const mib = (bytes: number) => `${Math.round(bytes / MIB).toLocaleString('en')} MiB`
  const counts = `${sockets.toLocaleString('en')} sockets, ${acknowledged.toLocaleString('en')} acknowledged, ${lost} lost`
  return `${phase}: at most ${mib(peak)} of ${mib(bound)} (${counts})`
}

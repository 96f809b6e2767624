import type { Verdict } from './checker.ts'
import type { ClientEvent } from './evidence.ts'
import type { Fault, FaultKind } from './schedule.ts'

const MOST_FINDINGS = 10
const MOST_EVENTS = 30

/** A run from its seed to its verdict. */
export interface Result {
  readonly seed: number
  readonly minutes: number
  readonly clients: number
  readonly faults: readonly Fault[]
  readonly events: readonly ClientEvent[]
  /** Seconds from the end of the last fault until `/health` was 200, and until everybody had everything. */
  readonly recovery: number
  readonly settling: number
  /** Ends of the server that nobody asked for. */
  readonly crashes: readonly string[]
  readonly verdict: Verdict
}

/** @returns whether every promise was kept */
export const isClean = ({ verdict, crashes }: Result): boolean =>
  verdict.lost + verdict.doubled + verdict.disordered + verdict.gaps + verdict.mislisted + crashes.length === 0

const table = (rows: readonly (readonly [string, string | number])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(9)}`).join('\n')
}

/** @returns the run in figures, for a person */
export const formatTable = (result: Result): string => {
  const { verdict } = result
  const kinds = new Map<FaultKind, number>()
  for (const { fault } of result.faults) kinds.set(fault, (kinds.get(fault) ?? 0) + 1)
  const rows: [string, string | number][] = [
    ['sent', verdict.sent],
    ['acknowledged', verdict.acknowledged],
    ['refusals', verdict.refused],
    ['stored', verdict.stored],
    ['delivered', verdict.delivered],
    ['marked as read', result.events.filter(({ type }) => type === 'marked').length],
    ['lost', verdict.lost],
    ['doubled', verdict.doubled],
    ['out of order', verdict.disordered],
    ['gaps', verdict.gaps],
    ['wrong in lists', verdict.mislisted],
    ['clients tired of waiting', result.events.filter(({ type }) => type === 'gave_up').length],
    ['server crashes', result.crashes.length],
    ['healthy again after, s', result.recovery.toFixed(1)],
    ['all caught up after, s', result.settling.toFixed(1)],
    ['faults injected', result.faults.length],
    ...[...kinds].sort().map(([kind, count]): [string, number] => [`  ${kind}`, count]),
  ]
  return `torture: seed ${result.seed}, ${result.minutes} min, ${result.clients} clients\n${table(rows)}`
}

const formatEvent = ({ at, client, connection, type, ...rest }: ClientEvent, start: number): string => {
  const details = Object.entries(rest)
    .filter(([name]) => name !== 'id' && name !== 'receiver')
    .map(([name, value]) => `${name} ${value}`)
  return `      ${((at - start) / 1000).toFixed(3)} s  ${client}/${connection} ${type} ${details.join(', ')}`
}

/** @returns the first broken promises, each with everything that is known of the message */
export const formatFindings = ({ verdict, events, crashes, faults }: Result): string => {
  const start = events[0]?.at ?? 0
  const lines = crashes.slice(0, 3).map((crash) => `  the server ended by itself: ${crash}`)
  for (const { kind, text, id, client } of verdict.findings.slice(0, MOST_FINDINGS)) {
    lines.push(`  ${kind}: ${text}${client ? ` (client ${client})` : ''}${id ? ` ${id}` : ''}`)
    const story = id ? events.filter((event) => 'id' in event && event.id === id) : []
    lines.push(...story.slice(0, MOST_EVENTS).map((event) => formatEvent(event, start)))
  }
  const left = verdict.findings.length - MOST_FINDINGS
  if (left > 0) lines.push(`  … and ${left} more`)
  lines.push('  faults:', ...faults.slice(0, 200).map((fault) => `      ${JSON.stringify(fault)}`))
  return lines.join('\n')
}

import { checkLists } from './check-lists.ts'
import { checkMailboxes } from './check-mailboxes.ts'
import { checkSends } from './check-sends.ts'
import { checkStreams } from './check-streams.ts'
import type { Evidence, Finding } from './evidence.ts'

/** What came of a run. The last five figures must be 0. */
export interface Verdict {
  readonly sent: number
  readonly acknowledged: number
  readonly refused: number
  readonly stored: number
  readonly delivered: number
  readonly lost: number
  readonly doubled: number
  readonly disordered: number
  readonly gaps: number
  readonly mislisted: number
  readonly findings: readonly Finding[]
}

/**
 * Compares sets and orders: acknowledged, stored, seen. Pure, so that doctored evidence tests it.
 * @param evidence what the clients noted and what the database holds after everything has healed
 */
export const check = (evidence: Evidence): Verdict => {
  const checks = [checkSends, checkMailboxes, checkStreams, checkLists]
  const findings = checks.flatMap((find) => find(evidence))
  const count = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).length
  const sent = new Set<string>()
  const acknowledged = new Set<string>()
  let refused = 0
  let delivered = 0
  for (const event of evidence.events) {
    if (event.type === 'sent') sent.add(event.id)
    else if (event.type === 'acknowledged') acknowledged.add(event.id)
    else if (event.type === 'refused') refused += 1
    else if (event.type === 'delivered') delivered += 1
  }
  return {
    sent: sent.size,
    acknowledged: acknowledged.size,
    refused,
    stored: evidence.stored.length,
    delivered,
    lost: count('lost'),
    doubled: count('doubled'),
    disordered: count('disordered'),
    gaps: count('gap'),
    mislisted: count('mislisted'),
    findings,
  }
}

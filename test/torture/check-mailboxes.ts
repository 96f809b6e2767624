import type { Evidence, Finding, StoredMessage } from './evidence.ts'

/** A message under its number in one mailbox. */
export interface Entry {
  readonly seq: number
  readonly row: StoredMessage
}

/** Every user's mailbox as the table of messages has it, in the order of its numbers. */
export const mailboxes = (stored: readonly StoredMessage[]): Map<string, Entry[]> => {
  const boxes = new Map<string, Entry[]>()
  const put = (user: string, entry: Entry) => {
    const box = boxes.get(user)
    if (box) box.push(entry)
    else boxes.set(user, [entry])
  }
  for (const row of stored) {
    put(row.sender, { seq: row.senderSeq, row })
    if (row.receiver !== row.sender) put(row.receiver, { seq: row.receiverSeq, row })
    else if (row.receiverSeq !== row.senderSeq) put(row.receiver, { seq: row.receiverSeq, row })
  }
  for (const box of boxes.values()) box.sort((left, right) => left.seq - right.seq)
  return boxes
}

const checkNumbers = (user: string, box: readonly Entry[], head: number): Finding[] => {
  const findings: Finding[] = []
  let last = 0
  let time = ''
  for (const { seq, row } of box) {
    if (seq === last) findings.push({ kind: 'doubled', text: `seq ${seq} of ${user} is given twice`, id: row.id })
    else if (seq !== last + 1) {
      findings.push({ kind: 'gap', text: `mailbox of ${user} goes from ${last} to ${seq}`, id: row.id })
    }
    if (row.createdAt < time) {
      const text = `created_at goes back from ${time} to ${row.createdAt} at seq ${seq} of ${user}`
      findings.push({ kind: 'disordered', text, id: row.id })
    }
    last = seq
    time = row.createdAt
  }
  if (last !== head) findings.push({ kind: 'gap', text: `mailbox of ${user} ends at ${last}, its head says ${head}` })
  return findings
}

/** @returns whom the message leads to or comes from, as one of its parties sees it */
export const peerOf = (user: string, row: StoredMessage): string => (row.sender === user ? row.receiver : row.sender)

const byPeer = (user: string, box: readonly Entry[]): Map<string, string[]> => {
  const peers = new Map<string, string[]>()
  for (const { row } of box) {
    const peer = peerOf(user, row)
    const ids = peers.get(peer)
    if (ids) ids.push(row.id)
    else peers.set(peer, [row.id])
  }
  return peers
}

const difference = (left: readonly string[], right: readonly string[]): number => {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    if (left[index] !== right[index]) return index
  }
  return -1
}

/** Every mailbox is 1 to head without a gap, time never goes back, and both parties read one order, live and in history. */
export const checkMailboxes = ({ stored, heads, conversations }: Evidence): Finding[] => {
  const boxes = mailboxes(stored)
  const findings: Finding[] = []
  for (const user of new Set([...boxes.keys(), ...heads.keys()])) {
    findings.push(...checkNumbers(user, boxes.get(user) ?? [], heads.get(user) ?? 0))
  }
  const views = new Map([...boxes].map(([user, box]) => [user, byPeer(user, box)]))
  for (const [user, peers] of views) {
    for (const [peer, ids] of peers) {
      if (user >= peer) continue
      const at = difference(ids, views.get(peer)?.get(user) ?? [])
      const text = `${user} and ${peer} read their conversation in different orders`
      if (at >= 0) findings.push({ kind: 'disordered', text, id: ids[at] ?? '' })
    }
  }
  for (const { user, peer, ids } of conversations) {
    const at = difference(ids, views.get(user)?.get(peer) ?? [])
    const text = `the history of ${user} with ${peer} differs from the mailbox at place ${at}`
    if (at >= 0) findings.push({ kind: 'disordered', text, id: ids[at] ?? '' })
  }
  return findings
}

import { type Entry, mailboxes, peerOf } from './check-mailboxes.ts'
import type { Evidence, Finding, ListedConversation } from './evidence.ts'

/** The list that a user's mailbox makes. */
const listOf = (user: string, box: readonly Entry[]) => {
  const list = new Map<string, { peer: string; lastId: string; unread: number }>()
  for (const { row } of box.toReversed()) {
    const peer = peerOf(user, row)
    const entry = list.get(peer) ?? { peer, lastId: row.id, unread: 0 }
    if (row.receiver === user && row.sender !== user) entry.unread += 1
    list.set(peer, entry)
  }
  return [...list.values()]
}

const format = (entry: ListedConversation | undefined) =>
  entry === undefined ? 'nothing' : `${entry.lastId} with ${entry.peer}, ${entry.unread} unread`

/** Every list of conversations has each peer once, with the last message and all that came from him, newest first. */
export const checkLists = ({ stored, lists }: Evidence): Finding[] => {
  const boxes = mailboxes(stored)
  const findings: Finding[] = []
  for (const [user, list] of lists) {
    const expected = listOf(user, boxes.get(user) ?? [])
    for (let place = 0; place < Math.max(list.length, expected.length); place += 1) {
      const [has, ought] = [format(list[place]), format(expected[place])]
      if (has === ought) continue
      const text = `the list of ${user} has ${has} at place ${place}, and ought to have ${ought}`
      findings.push({ kind: 'mislisted', text, id: expected[place]?.lastId ?? '' })
    }
  }
  return findings
}

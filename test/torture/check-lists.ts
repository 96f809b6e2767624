import { type Entry, mailboxes, peerOf } from './check-mailboxes.ts'
import type { Evidence, Finding, ListedConversation } from './evidence.ts'

type Marks = ReadonlyMap<string, number>
const keyOf = (user: string, peer: string) => `${user} ${peer}`

/** How far each user has marked what came from each peer as read; a mark never moves back, and says so. */
const followMarks = ({ clients, events }: Evidence) => {
  const users = new Map(clients.map(({ name, user }) => [name, user]))
  const marks = new Map<string, number>()
  const findings: Finding[] = []
  for (const event of events) {
    if (event.type !== 'marked') continue
    const { client, peer, seq, answer } = event
    const key = keyOf(users.get(client) ?? '', peer)
    const mark = Math.max(marks.get(key) ?? 0, seq)
    marks.set(key, mark)
    const text = `${client} marks ${seq} of ${peer} as read, and is told ${answer} instead of ${mark}`
    if (answer !== mark) findings.push({ kind: 'mislisted', text, client })
  }
  return { marks, findings }
}

/** The list that a user's mailbox and marks make. */
const listOf = (user: string, box: readonly Entry[], marks: Marks) => {
  const list = new Map<string, { peer: string; lastId: string; unread: number }>()
  for (const { seq, row } of box.toReversed()) {
    const peer = peerOf(user, row)
    const entry = list.get(peer) ?? { peer, lastId: row.id, unread: 0 }
    const isReceived = row.receiver === user && row.sender !== user
    if (isReceived && seq > (marks.get(keyOf(user, peer)) ?? 0)) entry.unread += 1
    list.set(peer, entry)
  }
  return [...list.values()]
}

const format = (entry: ListedConversation | undefined) =>
  entry === undefined ? 'nothing' : `${entry.lastId} with ${entry.peer}, ${entry.unread} unread`

/**
 * Every list of conversations has each peer once, newest first, with the last message and how many came from him after
 * the mark.
 */
export const checkLists = (evidence: Evidence): Finding[] => {
  const boxes = mailboxes(evidence.stored)
  const { marks, findings } = followMarks(evidence)
  for (const [user, list] of evidence.lists) {
    const expected = listOf(user, boxes.get(user) ?? [], marks)
    for (let place = 0; place < Math.max(list.length, expected.length); place += 1) {
      const [has, ought] = [format(list[place]), format(expected[place])]
      if (has === ought) continue
      const text = `the list of ${user} has ${has} at place ${place}, and ought to have ${ought}`
      findings.push({ kind: 'mislisted', text, id: expected[place]?.lastId ?? '' })
    }
  }
  return findings
}

/** @import { Row, Talk } from './types.ts' */

/** Messages of one person that are closer than this are one group. */
const GROUP_MS = 5 * 60_000

/** What a conversation shows: its newest messages, days apart, a person's messages together. Pure. @param {Talk} talk @param {string} me @param {number} count */
export function rowsOf(talk, me, count) {
  const stored = Math.max(0, count - talk.pending.length)
  /** @type {Row[]} */
  const rows = []
  let before = { sender: '', time: 0, day: '' }
  for (const message of [...talk.messages.slice(talk.messages.length - stored), ...talk.pending]) {
    const date = new Date(message.created_at)
    const now = { sender: message.sender_id, time: date.getTime(), day: date.toDateString() }
    const isNewDay = now.day !== before.day
    if (isNewDay) rows.push({ kind: 'day', key: now.day, date })
    const first = isNewDay || now.sender !== before.sender || now.time - before.time > GROUP_MS
    const previous = rows.at(-1)
    if (!first && previous?.kind === 'message') previous.last = false
    rows.push({ kind: 'message', key: message.id, message, mine: now.sender === me, first, last: true })
    before = now
  }
  return rows
}

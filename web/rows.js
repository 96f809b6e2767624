/** @import { Message, Row, Unsent } from './types.ts' */

/** Messages of one person that are closer than this are one group. */
const GROUP_MS = 5 * 60_000

/**
 * Cuts a conversation into stretches of about 32, the unit of layout. A stretch begins at an id of a certain ending, so
 * it stays the same when others come before or after it.
 * @param {(Message | Unsent)[]} messages
 */
export function stretchesOf(messages) {
  const starts = messages.flatMap(({ id }, index) => (index === 0 || /0[0-7]$/.test(id) ? [index] : []))
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? messages.length }))
}

/** What a stretch shows: days apart, a person's messages together. @param {(Message | Unsent)[]} messages @param {number} start @param {number} end @param {string} me */
export function rowsOf(messages, start, end, me) {
  /** @param {number} index */
  function at(index) {
    const { sender_id = '', created_at = 0 } = messages[index] ?? {}
    const date = new Date(created_at)
    return { sender_id, date, day: date.toDateString() }
  }
  /** @param {ReturnType<at>} one @param {ReturnType<at>} next */
  const close = (one, next) =>
    one.sender_id === next.sender_id && one.day === next.day && next.date.getTime() - one.date.getTime() < GROUP_MS

  /** @type {Row[]} */
  const rows = []
  messages.slice(start, end).forEach((message, offset) => {
    const [before, now, after] = [at(start + offset - 1), at(start + offset), at(start + offset + 1)]
    if (before.day !== now.day) rows.push({ kind: 'day', key: now.day, date: now.date })
    const ends = { first: !close(before, now), last: !close(now, after) }
    rows.push({ kind: 'message', key: message.id, message, mine: message.sender_id === me, ...ends })
  })
  return rows
}

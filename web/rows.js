/** @import * as T from './types.ts' */

/** Messages of one person that are closer than this are one group. */
const GROUP_MS = 5 * 60_000

/**
 * Cuts a conversation into stretches of about 32, the unit of layout. A stretch begins at an id of a certain ending, so
 * it stays the same when others come before or after it.
 * @param {T.Sent[]} messages
 */
export function stretchesOf(messages) {
  const starts = messages.flatMap(({ id }, index) => (index === 0 || /0[0-7]$/.test(id) ? [index] : []))
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? messages.length }))
}

/** @param {T.Sent | undefined} message */
function factsOf({ sender_id, created_at } = /** @type {T.Sent} */ ({ created_at: '1970-01-01' })) {
  const date = new Date(created_at)
  return { sender_id, date, day: date.toDateString() }
}

/** @param {ReturnType<typeof factsOf>} one @param {ReturnType<typeof factsOf>} next */
const isGroup = (one, next) =>
  one.sender_id === next.sender_id && one.day === next.day && Number(next.date) - Number(one.date) < GROUP_MS

/** @type {T.RowsOf} */
export const rowsOf = (messages, start, end, me) =>
  messages.slice(start, end).flatMap((message, offset) => {
    const before = factsOf(messages[start + offset - 1])
    const now = factsOf(message)
    const ends = { first: !isGroup(before, now), last: !isGroup(now, factsOf(messages[start + offset + 1])) }
    const row = { key: message.id, message, mine: message.sender_id === me, ...ends }
    return before.day === now.day ? [row] : [{ key: now.day, day: now.date }, row]
  })

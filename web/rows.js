/** @import * as T from './types.ts' */

/** A person's messages that are closer than this are one group. */
const GROUP_MS = 5 * 60_000

/** Stretches of about 32; ids of a certain ending begin them, so they stay. @type {T.StretchesOf} */
export function stretchesOf(messages) {
  const starts = messages.flatMap(({ id }, index) => (index === 0 || /0[0-7]$/.test(id) ? [index] : []))
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? messages.length }))
}

/** @param {T.Sent | undefined} message */
const dayOf = (message) => message && new Date(message.created_at).toDateString()

/** @type {T.IsGroup} */
const isGroup = (one, next) =>
  one?.sender_id === next?.sender_id &&
  dayOf(one) === dayOf(next) &&
  Date.parse(next?.created_at ?? '') - Date.parse(one?.created_at ?? '') < GROUP_MS

/** The rows of the messages from `start` to `end`: days apart, a person's messages together. @type {T.RowsOf} */
export const rowsOf = (messages, start, end, me) =>
  messages.slice(start, end).flatMap((message, offset) => {
    const before = messages[start + offset - 1]
    const ends = { first: !isGroup(before, message), last: !isGroup(message, messages[start + offset + 1]) }
    const row = { key: message.id, message, mine: message.sender_id === me, ...ends }
    const day = dayOf(message)
    return day === dayOf(before) ? [row] : [{ key: `${day}`, day: new Date(message.created_at) }, row]
  })

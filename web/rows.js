/**
 * What the conversation shows, line by line: days apart, messages of one person close together. Pure.
 *
 * @typedef {import('./talk.js').Message} Message
 * @typedef {import('./talk.js').Unsent} Unsent
 * @typedef {{ kind: 'day', key: string, date: Date }
 *   | { kind: 'message', key: string, message: Message | Unsent, mine: boolean, first: boolean, last: boolean }} Row
 */

/** Messages of one person that are closer than this are one group. */
const GROUP_MS = 5 * 60_000

/** @param {Date} date in the reader's own zone */
const dayOf = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`

/**
 * The rows of the newest messages of a conversation.
 * @param {import('./talk.js').Talk} talk
 * @param {string} me
 * @param {number} count how many messages
 * @returns {Row[]}
 */
export function rowsOf(talk, me, count) {
  const stored = Math.max(0, count - talk.pending.length)
  const shown = [...(stored ? talk.messages.slice(-stored) : []), ...talk.pending]
  /** @type {Row[]} */
  const rows = []
  let day = ''
  let before = { sender: '', time: 0 }
  for (const message of shown) {
    const date = new Date(message.created_at)
    const isNewDay = dayOf(date) !== day
    if (isNewDay) {
      day = dayOf(date)
      rows.push({ kind: 'day', key: `day ${day}`, date })
    }
    const close = message.sender_id === before.sender && date.getTime() - before.time < GROUP_MS
    const previous = rows.at(-1)
    const first = !close || previous?.kind !== 'message'
    if (!first) previous.last = false
    rows.push({ kind: 'message', key: message.id, message, mine: message.sender_id === me, first, last: true })
    before = { sender: message.sender_id, time: date.getTime() }
  }
  return rows
}

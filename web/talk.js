/** @import * as T from './types.ts' */

// One conversation: stored messages in the order of the mailbox, then what is not stored yet. Pure.

/** @param {T.Talk} talk @param {(entry: T.Unsent) => boolean} drop @returns {T.Talk} */
export const withoutPending = (talk, drop) =>
  talk.pending.some(drop) ? { ...talk, pending: talk.pending.filter((entry) => !drop(entry)) } : talk

/** Adds an unsent message, or takes over its state. @param {T.Talk} talk @param {T.Unsent} entry @param {boolean} unread @returns {T.Talk} */
export function insert(talk, entry, unread) {
  const { id, state } = entry
  if (talk.messages.some((message) => message.id === id)) return talk
  if (!talk.pending.some((old) => old.id === id)) {
    return { ...talk, pending: [...talk.pending, entry], unread: talk.unread + Number(unread) }
  }
  // What was passed on stays so, until it is stored or refused.
  const keeps = (/** @type {T.Unsent} */ old) => old.id !== id || (old.state === 'transient' && state === 'sending')
  return { ...talk, pending: talk.pending.map((old) => (keeps(old) ? old : { ...old, state })) }
}

/** The union of two runs of messages. @param {T.Message[]} left @param {T.Message[]} right */
function merge(left, right) {
  const end = left.at(-1)?.seq ?? 0
  if (right.length === 1 && right.every(({ seq }) => seq > end)) return [...left, ...right]
  const known = new Set(left.map(({ id }) => id))
  return [...left, ...right.filter(({ id }) => !known.has(id))].sort((a, b) => a.seq - b.seq)
}

/** How many messages of the other party come after a number. @param {T.Talk} talk @param {number} seq @param {string} me */
const countAfter = (talk, seq, me) =>
  talk.messages.filter((message) => message.seq > seq && message.sender_id !== me).length

/** A message came over the socket. @param {T.Talk} talk @param {T.Message} message @param {string} me @returns {T.Talk} */
export function received(talk, message, me) {
  const counted = Math.max(talk.last?.seq ?? 0, talk.messages.at(-1)?.seq ?? 0, talk.read)
  const rest = withoutPending(talk, ({ id }) => id === message.id)
  const news = message.seq > counted && message.sender_id !== me && rest === talk
  return { ...rest, messages: merge(talk.messages, [message]), unread: talk.unread + Number(news) }
}

/** A page of history came. @param {T.Talk} talk @param {T.Message[]} page @param {boolean} complete @returns {T.Talk} */
export function mergePage(talk, page, complete) {
  const rest = withoutPending(talk, (entry) => page.some(({ id }) => id === entry.id))
  const history = complete || talk.history === 'all' ? 'all' : 'some'
  return { ...rest, messages: merge(talk.messages, page), history }
}

/** The list came; what came since it was made is added to its count. @param {T.Talk} talk @param {T.Message} last @param {number} unread @param {string} me @returns {T.Talk} */
export function mergeListed(talk, last, unread, me) {
  const since = countAfter(talk, Math.max(last.seq, talk.read), me)
  return { ...talk, last, unread: (talk.read >= last.seq ? 0 : unread) + since }
}

/** The reader has seen it up to a number; marks never move back. @param {T.Talk} talk @param {number} seq @param {string} me @returns {T.Talk} */
export function markRead(talk, seq, me) {
  const read = Math.max(seq, talk.read)
  const unread = countAfter(talk, read, me)
  return read === talk.read && unread === talk.unread ? talk : { ...talk, read, unread }
}

/** The message to show in the list. @param {T.Talk} talk @returns {T.Sent | undefined} */
export function latest({ pending, messages, last }) {
  const stored = messages.at(-1)
  return pending.at(-1) ?? ((stored?.seq ?? 0) >= (last?.seq ?? 0) ? stored : last)
}

/** The number of the newest message of the other party. @param {T.Talk} talk @param {string} me */
export const lastReceived = (talk, me) => talk.messages.findLast(({ sender_id }) => sender_id !== me)?.seq ?? 0

/** The conversations, newest first; what is unsent or still empty is on top. @param {T.State} state */
export function ordered({ talks, open }) {
  const rank = (/** @type {T.Sent | undefined} */ last) => (last && 'seq' in last ? last.seq : Number.MAX_SAFE_INTEGER)
  return Object.entries(talks)
    .map(([peer, talk]) => ({ peer, talk, last: latest(talk) }))
    .filter(({ peer, last }) => peer === open || last)
    .sort((a, b) => rank(b.last) - rank(a.last))
}

/** @import { Message, Talk, Unsent } from './types.ts' */
// One conversation: stored messages in the order of the mailbox, then what is not stored yet. Pure.

/** Whether an unsent message is there. @param {Talk} talk @param {string} id */
export const isPending = (talk, id) => talk.pending.some((entry) => entry.id === id)

/** @param {Talk} talk @param {(entry: Unsent) => boolean} drop @returns {Talk} */
export const withoutPending = (talk, drop) =>
  talk.pending.some(drop) ? { ...talk, pending: talk.pending.filter((entry) => !drop(entry)) } : talk

/** Adds an unsent message, or takes over its state. @param {Talk} talk @param {Unsent} entry @param {boolean} unread @returns {Talk} */
export function insert(talk, entry, unread) {
  if (talk.messages.some(({ id }) => id === entry.id)) return talk
  if (!isPending(talk, entry.id)) {
    return { ...talk, pending: [...talk.pending, entry], unread: talk.unread + Number(unread) }
  }
  // What was passed on stays so, until it is stored or refused.
  const { id, state } = entry
  const keeps = (/** @type {Unsent} */ old) => old.id !== id || (old.state === 'transient' && state === 'sending')
  return { ...talk, pending: talk.pending.map((old) => (keeps(old) ? old : { ...old, state })) }
}

/** The union of two runs of messages. @param {Message[]} left @param {Message[]} right */
function merge(left, right) {
  const end = left.at(-1)?.seq ?? 0
  if (right.every(({ seq }) => seq > end) && right.length < 2) return [...left, ...right]
  const known = new Set(left.map(({ id }) => id))
  return [...left, ...right.filter(({ id }) => !known.has(id))].sort((a, b) => a.seq - b.seq)
}

/** A message came over the socket. @param {Talk} talk @param {Message} message @param {string} me @returns {Talk} */
export function received(talk, message, me) {
  const counted = Math.max(talk.last?.seq ?? 0, talk.messages.at(-1)?.seq ?? 0, talk.read)
  const news = message.seq > counted && message.sender_id !== me && !isPending(talk, message.id)
  return {
    ...withoutPending(talk, ({ id }) => id === message.id),
    messages: merge(talk.messages, [message]),
    unread: talk.unread + Number(news),
  }
}

/** A page of history came. @param {Talk} talk @param {Message[]} page @param {boolean} complete @returns {Talk} */
export function mergePage(talk, page, complete) {
  const stored = new Set(page.map(({ id }) => id))
  return {
    ...withoutPending(talk, ({ id }) => stored.has(id)),
    messages: merge(talk.messages, page),
    history: complete || talk.history === 'all' ? 'all' : 'some',
  }
}

/**
 * The list came. Its count is of the moment it was made: what came since is added.
 * @param {Talk} talk @param {Message} last @param {number} unread @param {string} me @returns {Talk}
 */
export function mergeListed(talk, last, unread, me) {
  const floor = Math.max(last.seq, talk.read)
  const since = talk.messages.filter(({ seq, sender_id }) => seq > floor && sender_id !== me).length
  return { ...talk, last, unread: (talk.read >= last.seq ? 0 : unread) + since }
}

/** The message to show in the list. @param {Talk} talk */
export function latest({ pending, messages, last }) {
  const stored = messages.at(-1)
  return pending.at(-1) ?? ((stored?.seq ?? 0) >= (last?.seq ?? 0) ? stored : last)
}

/** The number of the newest message of the other party. @param {Talk} talk @param {string} me */
export const lastReceived = (talk, me) => talk.messages.findLast(({ sender_id }) => sender_id !== me)?.seq ?? 0

/** The conversations, newest first; what is unsent or still empty is on top. @param {Record<string, Talk>} talks @param {string | null} open */
export function ordered(talks, open) {
  return Object.entries(talks)
    .map(([peer, talk]) => ({ peer, talk, last: latest(talk) }))
    .filter(({ peer, last }) => peer === open || last)
    .map((entry) => ({ ...entry, rank: entry.last && 'seq' in entry.last ? entry.last.seq : Number.MAX_SAFE_INTEGER }))
    .sort((a, b) => b.rank - a.rank)
}

/** @import * as T from './types.ts' */

/** Drops unsent messages. @type {T.WithoutPending} */
export const withoutPending = (talk, drop) =>
  talk.pending.some(drop) ? { ...talk, pending: talk.pending.filter((entry) => !drop(entry)) } : talk

/** Adds an unsent message, or takes over how it stands now. @type {T.Insert} */
export function insert(talk, entry, unread) {
  const { messages, pending } = talk
  if (messages.some(({ id }) => id === entry.id)) return talk
  const at = pending.findIndex(({ id }) => id === entry.id)
  if (at < 0) return { ...talk, pending: [...pending, entry], unread: talk.unread + Number(unread) }
  // What was passed on stays so, until it is stored or refused.
  if (pending[at]?.state === 'transient' && entry.state === 'sending') return talk
  return { ...talk, pending: pending.with(at, entry) }
}

/** The union of two runs of messages. @type {T.Merge} */
function merge(left, right) {
  const end = left.at(-1)?.seq ?? 0
  if (right.length === 1 && right.every(({ seq }) => seq > end)) return [...left, ...right]
  const known = new Set(left.map(({ id }) => id))
  return [...left, ...right.filter(({ id }) => !known.has(id))].sort((a, b) => a.seq - b.seq)
}

/** How many messages of the other party come after a number. @type {T.CountAfter} */
const countAfter = (talk, seq, me) =>
  talk.messages.filter((message) => message.seq > seq && message.sender_id !== me).length

/** A message came over the socket. @type {T.Received} */
export function received(talk, message, me) {
  const counted = Math.max(talk.last?.seq ?? 0, talk.messages.at(-1)?.seq ?? 0, talk.read)
  const rest = withoutPending(talk, ({ id }) => id === message.id)
  const news = message.seq > counted && message.sender_id !== me && rest === talk
  return { ...rest, messages: merge(talk.messages, [message]), unread: talk.unread + Number(news) }
}

/** A page of history came. @type {T.MergePage} */
export function mergePage(talk, page, complete) {
  const rest = withoutPending(talk, (entry) => page.some(({ id }) => id === entry.id))
  const history = complete || talk.history === 'all' ? 'all' : 'some'
  return { ...rest, messages: merge(talk.messages, page), history }
}

/** The list came; what came since is added to its count. @type {T.MergeListed} */
export function mergeListed(talk, last, unread, me) {
  const since = countAfter(talk, Math.max(last.seq, talk.read), me)
  return { ...talk, last, unread: (talk.read >= last.seq ? 0 : unread) + since }
}

/** Seen up to a number; marks never move back. @type {T.MarkRead} */
export function markRead(talk, seq, me) {
  const read = Math.max(seq, talk.read)
  const unread = countAfter(talk, read, me)
  return read === talk.read && unread === talk.unread ? talk : { ...talk, read, unread }
}

/** The message to show in the list. @type {T.Latest} */
export function latest({ pending, messages, last }) {
  const stored = messages.at(-1)
  return pending.at(-1) ?? ((stored?.seq ?? 0) >= (last?.seq ?? 0) ? stored : last)
}

/** The number of the newest message of the other party. @type {T.LastReceived} */
export const lastReceived = (talk, me) => talk.messages.findLast(({ sender_id }) => sender_id !== me)?.seq ?? 0

/** The conversations, newest first; unsent and empty ones on top. @param {T.State} state */
export function ordered({ talks, open }) {
  const rank = (/** @type {T.Sent | undefined} */ last) => (last && 'seq' in last ? last.seq : Infinity)
  return Object.entries(talks)
    .map(([peer, talk]) => ({ peer, talk, last: latest(talk) }))
    .filter(({ peer, last }) => peer === open || last)
    .sort((a, b) => rank(b.last) - rank(a.last))
}

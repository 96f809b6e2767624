/**
 * One conversation: stored messages in the order of the mailbox, then what is not stored yet. Pure.
 *
 * @typedef {import('../schemas/message.ts').Message} Message
 *
 * @typedef {Omit<Message, 'seq' | 'payload'> & {
 *   payload: ArrayLike<number>,
 *   state: 'sending' | 'failed' | 'transient',
 *   reason?: string,
 * }} Unsent
 *   ours on its way or refused, or (`transient`, of either party) passed on while the server stored nothing
 *
 * @typedef {object} Talk
 * @property {Message[]} messages  stored, by `seq`, without a gap up to the newest
 * @property {Unsent[]} pending    in the order of sending
 * @property {Message | undefined} last  the newest when the list was read, which may not be in `messages` yet
 * @property {number} unread
 * @property {number} read         the number up to which the reader has seen it
 * @property {'none' | 'some' | 'all'} history  how far back `messages` goes
 */

/** Whether a message of that id waits in the conversation. @param {Talk} talk @param {string} id */
export const isPending = (talk, id) => talk.pending.some((entry) => entry.id === id)

/** Drops unsent messages. @param {Talk} talk @param {(entry: Unsent) => boolean} drop @returns {Talk} */
export function withoutPending(talk, drop) {
  return talk.pending.some(drop) ? { ...talk, pending: talk.pending.filter((entry) => !drop(entry)) } : talk
}

/** Adds an unsent message, or replaces the one of that id. @param {Talk} talk @param {Unsent} entry @param {boolean} unread @returns {Talk} */
export function insert(talk, entry, unread) {
  if (talk.messages.some(({ id }) => id === entry.id)) return talk
  if (isPending(talk, entry.id)) {
    // What was passed on stays so, until it is stored or refused.
    const state = (/** @type {Unsent} */ old) =>
      (entry.state === 'sending' && old.state === 'transient' ? old : entry).state
    return { ...talk, pending: talk.pending.map((old) => (old.id === entry.id ? { ...old, state: state(old) } : old)) }
  }
  return { ...talk, pending: [...talk.pending, entry], unread: talk.unread + (unread ? 1 : 0) }
}

/** The union of two runs of messages, by `seq`. @param {Message[]} left @param {Message[]} right */
function merge(left, right) {
  const [only] = right
  if (right.length === 1 && only && only.seq > (left.at(-1)?.seq ?? 0)) return [...left, only]
  const known = new Set(left.map(({ id }) => id))
  const added = right.filter(({ id }) => !known.has(id))
  return added.length === 0 ? left : [...left, ...added].sort((a, b) => a.seq - b.seq)
}

/** A message came over the socket. @param {Talk} talk @param {Message} message @param {string} me @returns {Talk} */
export function received(talk, message, me) {
  const seen =
    isPending(talk, message.id) || message.seq <= Math.max(talk.last?.seq ?? 0, talk.messages.at(-1)?.seq ?? 0)
  const news = !seen && message.sender_id !== me && message.seq > talk.read
  return {
    ...withoutPending(talk, (entry) => entry.id === message.id),
    messages: merge(talk.messages, [message]),
    unread: talk.unread + (news ? 1 : 0),
  }
}

/** A page of history came. @param {Talk} talk @param {Message[]} page @param {boolean} complete @returns {Talk} */
export function mergePage(talk, page, complete) {
  const stored = new Set(page.map(({ id }) => id))
  return {
    ...withoutPending(talk, (entry) => stored.has(entry.id)),
    messages: merge(talk.messages, page),
    history: complete || talk.history === 'all' ? 'all' : 'some',
  }
}

/**
 * The list of conversations came: its count is of the moment it was made, so what came since is added.
 * @param {Talk} talk @param {Message} last @param {number} unread @param {string} me @returns {Talk}
 */
export function mergeListed(talk, last, unread, me) {
  const floor = Math.max(last.seq, talk.read)
  const since = talk.messages.filter((message) => message.seq > floor && message.sender_id !== me).length
  const seenAll = talk.read >= last.seq
  return { ...talk, last, unread: (seenAll ? 0 : unread) + since }
}

/** The message to show in the list. @param {Talk} talk @returns {Message | Unsent | undefined} */
export function latest(talk) {
  const stored = talk.messages.at(-1)
  return talk.pending.at(-1) ?? ((stored?.seq ?? 0) >= (talk.last?.seq ?? 0) ? stored : talk.last)
}

/** The highest number among the messages that the other party sent. @param {Talk} talk @param {string} me */
export const lastReceived = (talk, me) => talk.messages.findLast(({ sender_id }) => sender_id !== me)?.seq ?? 0

/**
 * The conversations, newest first: unsent ones on top, then by the place in the mailbox.
 * @param {Record<string, Talk>} talks
 * @param {string | null} open always listed, even while empty
 */
export function ordered(talks, open) {
  /** @param {Talk} talk */
  const rank = (talk) =>
    talk.pending.length > 0 ? Number.MAX_SAFE_INTEGER : Math.max(talk.messages.at(-1)?.seq ?? 0, talk.last?.seq ?? 0)
  return Object.entries(talks)
    .filter(([peer, talk]) => peer === open || latest(talk))
    .map(([peer, talk]) => ({ peer, talk, rank: latest(talk) ? rank(talk) : Number.MAX_SAFE_INTEGER }))
    .sort((a, b) => b.rank - a.rank)
}

import { insert, isPending, mergeListed, mergePage, received, withoutPending } from './talk.js'

/**
 * The page's state and every way it can change. Pure: no clock, no network, no document.
 *
 * @typedef {import('../schemas/message.ts').Message} Message
 * @typedef {import('../schemas/frame.ts').TransientMessage} TransientMessage
 * @typedef {import('../schemas/conversation.ts').Conversation} Conversation
 * @typedef {import('../schemas/user.ts').User} User
 * @typedef {import('./talk.js').Talk} Talk
 * @typedef {import('./talk.js').Unsent} Unsent
 *
 * @typedef {'connecting' | 'online' | 'offline' | 'waiting' | 'refused'} Link
 *   how the socket is doing; `waiting` between two attempts, `refused` when only the reader should try again
 *
 * @typedef {object} State
 * @property {string} me                      the reader's id
 * @property {Record<string, User>} users     everyone whose name is known
 * @property {Record<string, Talk>} talks     by the other party's id
 * @property {boolean} listed                 the list of conversations has been read
 * @property {string | null} more             where the next page of the list begins
 * @property {string | null} open             the conversation on screen
 * @property {number | null} cursor           the last number read from the mailbox: where a new socket resumes
 * @property {Link} link
 * @property {boolean} storing                false while the server says that it stores nothing
 *
 * @typedef {{ type: 'listed', conversations: Conversation[], more: string | null, first: boolean }
 *   | { type: 'user', user: User }
 *   | { type: 'opened', peer: string | null }
 *   | { type: 'history', peer: string, messages: Message[], complete: boolean }
 *   | { type: 'message', message: Message }
 *   | { type: 'transient', message: TransientMessage }
 *   | { type: 'reset' }
 *   | { type: 'outbox', entries: Unsent[] }
 *   | { type: 'queued', entry: Unsent }
 *   | { type: 'marked', id: string, state: Unsent['state'], reason?: string }
 *   | { type: 'discarded', id: string }
 *   | { type: 'read', peer: string, seq: number }
 *   | { type: 'link', link: Link }
 *   | { type: 'storing', storing: boolean }} Event
 */

/** What the page knows before it has asked anybody. @param {string} me @returns {State} */
export const initialState = (me) => ({
  me,
  users: {},
  talks: {},
  listed: false,
  more: null,
  open: null,
  cursor: null,
  link: 'connecting',
  storing: true,
})

/** @returns {Talk} */
const newTalk = () => ({ messages: [], pending: [], last: undefined, unread: 0, read: 0, history: 'none' })

/** The other party of a message. @param {Pick<Message, 'sender_id' | 'receiver_id'>} message @param {string} me */
export const peerOf = (message, me) => (message.sender_id === me ? message.receiver_id : message.sender_id)

/** @param {State} state @param {string} peer @param {(talk: Talk) => Talk} change @returns {State} */
function changeTalk(state, peer, change) {
  const talk = state.talks[peer] ?? newTalk()
  const changed = change(talk)
  return changed === state.talks[peer] ? state : { ...state, talks: { ...state.talks, [peer]: changed } }
}

/** Changes the unsent message of that id, or drops it. @param {State} state @param {string} id @param {(entry: Unsent) => Unsent[]} change */
function changePending(state, id, change) {
  const peer = Object.keys(state.talks).find((key) => state.talks[key] && isPending(state.talks[key], id))
  if (peer === undefined) return state
  return changeTalk(state, peer, (talk) => ({
    ...talk,
    pending: talk.pending.flatMap((entry) => (entry.id === id ? change(entry) : [entry])),
  }))
}

/** The state after an event. @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  switch (event.type) {
    case 'listed':
      return listed(state, event)
    case 'user':
      return { ...state, users: { ...state.users, [event.user.id]: event.user } }
    case 'opened':
      return event.peer === null
        ? { ...state, open: null }
        : { ...changeTalk(state, event.peer, (talk) => talk), open: event.peer }
    case 'history':
      return changeTalk(state, event.peer, (talk) => mergePage(talk, event.messages, event.complete))
    case 'message': {
      const { message } = event
      const next = changeTalk(state, peerOf(message, state.me), (talk) => received(talk, message, state.me))
      // Before the list is read there is no place to resume from, and what comes may have gaps (see `listed`).
      return { ...next, cursor: state.cursor === null ? null : Math.max(state.cursor, message.seq), storing: true }
    }
    case 'transient': {
      const { persisted: _, ...message } = event.message
      const next = changeTalk(state, peerOf(message, state.me), (talk) =>
        insert(talk, { ...message, state: 'transient' }, message.sender_id !== state.me),
      )
      return { ...next, storing: false }
    }
    case 'reset':
      return { ...initialState(state.me), users: state.users, open: state.open, link: state.link }
    case 'outbox':
      return event.entries.reduce(
        (next, entry) => reduce(next, { type: 'queued', entry }),
        forget(state, event.entries),
      )
    case 'queued':
      return changeTalk(state, event.entry.receiver_id, (talk) =>
        talk.messages.some(({ id }) => id === event.entry.id) ? talk : insert(talk, event.entry, false),
      )
    case 'marked': {
      const { reason = '' } = event
      return changePending(state, event.id, (entry) => [{ ...entry, state: event.state, reason }])
    }
    case 'discarded':
      return changePending(state, event.id, () => [])
    case 'read':
      return state.talks[event.peer]
        ? changeTalk(state, event.peer, (talk) => markRead(talk, event.seq, state.me))
        : state
    case 'link':
      return state.link === event.link ? state : { ...state, link: event.link }
    case 'storing':
      return state.storing === event.storing ? state : { ...state, storing: event.storing }
  }
}

/** @param {State} state @param {Extract<Event, { type: 'listed' }>} event @returns {State} */
function listed(state, { conversations, more, first }) {
  const users = { ...state.users }
  /** @type {Record<string, Talk>} */
  const talks = {}
  for (const [peer, talk] of Object.entries(state.talks)) {
    talks[peer] = state.cursor === null ? { ...talk, messages: [], history: 'none' } : talk
  }
  for (const { user, last_message, unread } of conversations) {
    users[user.id] = user
    talks[user.id] = mergeListed(talks[user.id] ?? newTalk(), last_message, unread, state.me)
  }
  // The newest entry is where the mailbox ended when the list was made: the socket goes on from there.
  const head = Math.max(0, ...conversations.map(({ last_message }) => last_message.seq))
  const fresh = !state.listed || !first
  return { ...state, users, talks, listed: true, more: fresh ? more : state.more, cursor: state.cursor ?? head }
}

/** Own unsent messages that another tab has sent or dropped. @param {State} state @param {Unsent[]} entries @returns {State} */
function forget(state, entries) {
  const kept = new Set(entries.map(({ id }) => id))
  const talks = Object.entries(state.talks).map(([peer, talk]) => [
    peer,
    withoutPending(talk, (entry) => entry.sender_id === state.me && !kept.has(entry.id)),
  ])
  return { ...state, talks: Object.fromEntries(talks) }
}

/** @param {Talk} talk @param {number} seq @param {string} me @returns {Talk} */
function markRead(talk, seq, me) {
  const read = Math.max(seq, talk.read)
  const unread = talk.messages.filter((message) => message.seq > read && message.sender_id !== me).length
  return read === talk.read && unread === talk.unread ? talk : { ...talk, read, unread }
}

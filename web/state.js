import { insert, isPending, mergeListed, mergePage, received, withoutPending } from './talk.js'

/** @import { Event, Message, State, Talk, Unsent } from './types.ts' */
// The page's state and every way it can change. Pure: no clock, no network, no document.

/** What the page knows before it has asked. @param {string} me @returns {State} */
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
  const talk = change(state.talks[peer] ?? newTalk())
  return talk === state.talks[peer] ? state : { ...state, talks: { ...state.talks, [peer]: talk } }
}

/** Changes or drops an unsent message. @param {State} state @param {string} id @param {(entry: Unsent) => Unsent[]} change */
function changePending(state, id, change) {
  const [peer] = Object.entries(state.talks).find(([, talk]) => isPending(talk, id)) ?? []
  if (peer === undefined) return state
  const pending = (/** @type {Talk} */ talk) =>
    talk.pending.flatMap((entry) => (entry.id === id ? change(entry) : [entry]))
  return changeTalk(state, peer, (talk) => ({ ...talk, pending: pending(talk) }))
}

/** The state after an event. @param {State} state @param {Event} event @returns {State} */
export function reduce(state, event) {
  switch (event.type) {
    case 'listed':
      return listed(state, event)
    case 'user':
      return { ...state, users: { ...state.users, [event.user.id]: event.user } }
    case 'opened':
      return { ...(event.peer === null ? state : changeTalk(state, event.peer, (talk) => talk)), open: event.peer }
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
      const add = (/** @type {Talk} */ talk) =>
        insert(talk, { ...message, state: 'transient' }, message.sender_id !== state.me)
      return { ...changeTalk(state, peerOf(message, state.me), add), storing: false }
    }
    case 'reset':
      return { ...initialState(state.me), users: state.users, open: state.open, link: state.link }
    case 'outbox':
      return event.entries.reduce(
        (next, entry) => reduce(next, { type: 'queued', entry }),
        forget(state, event.entries),
      )
    case 'queued':
      return changeTalk(state, event.entry.receiver_id, (talk) => insert(talk, event.entry, false))
    case 'marked':
      return changePending(state, event.id, (entry) => [{ ...entry, state: event.state, reason: event.reason ?? '' }])
    case 'discarded':
      return changePending(state, event.id, () => [])
    case 'read':
      return changeTalk(state, event.peer, (talk) => markRead(talk, event.seq, state.me))
    case 'link':
      return { ...state, link: event.link }
    case 'storing':
      return state.storing === event.storing ? state : { ...state, storing: event.storing }
  }
}

/** @param {State} state @param {Extract<Event, { type: 'listed' }>} event @returns {State} */
function listed(state, { conversations, more, first }) {
  const users = { ...state.users }
  /** @type {State['talks']} */
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
  const refreshed = state.listed && first
  return { ...state, users, talks, listed: true, more: refreshed ? state.more : more, cursor: state.cursor ?? head }
}

/** Own unsent messages that another tab has sent or dropped. @param {State} state @param {Unsent[]} entries @returns {State} */
function forget(state, entries) {
  const kept = new Set(entries.map(({ id }) => id))
  const gone = (/** @type {Unsent} */ entry) => entry.sender_id === state.me && !kept.has(entry.id)
  const talks = Object.entries(state.talks).map(([peer, talk]) => [peer, withoutPending(talk, gone)])
  return { ...state, talks: Object.fromEntries(talks) }
}

/** @param {Talk} talk @param {number} seq @param {string} me @returns {Talk} */
function markRead(talk, seq, me) {
  const read = Math.max(seq, talk.read)
  const unread = talk.messages.filter((message) => message.seq > read && message.sender_id !== me).length
  return read === talk.read && unread === talk.unread ? talk : { ...talk, read, unread }
}

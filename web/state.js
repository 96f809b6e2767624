/** @import * as T from './types.ts' */
import { insert, markRead, mergeListed, mergePage, received, withoutPending } from './talk.js'

// The page's state and every way it can change. Pure: no clock, no network, no document.

/** What the page knows before it has asked. @param {string} me @returns {T.State} */
export const initialState = (me) => ({
  ...{ me, users: {}, talks: {}, listed: false, more: null, open: null, cursor: null },
  ...{ link: 'connecting', storing: true },
})

/** @type {T.Talk} */
const newTalk = { messages: [], pending: [], last: undefined, unread: 0, read: 0, history: 'none' }

/** The other party of a message. @param {T.News | T.Unsent} message @param {string} me */
export const peerOf = (message, me) => (message.sender_id === me ? message.receiver_id : message.sender_id)

/** @param {T.State} state @param {string} peer @param {T.Change} change @returns {T.State} */
function changeTalk(state, peer, change) {
  const talk = change(state.talks[peer] ?? newTalk)
  return talk === state.talks[peer] ? state : { ...state, talks: { ...state.talks, [peer]: talk } }
}

/** @param {T.State} state @param {T.Change} change @returns {T.State} */
function changeTalks(state, change) {
  const talks = Object.entries(state.talks).map(([peer, talk]) => [peer, change(talk)])
  return { ...state, talks: Object.fromEntries(talks) }
}

/** @type {T.Reduce} */
export function reduce(state, event) {
  const { me } = state
  switch (event.type) {
    case 'listed':
      return listed(state, event)
    case 'user':
      return { ...state, users: { ...state.users, [event.user.id]: event.user } }
    case 'opened':
      return { ...(event.peer ? changeTalk(state, event.peer, (talk) => talk) : state), open: event.peer }
    case 'history':
      return changeTalk(state, event.peer, (talk) => mergePage(talk, event.messages, event.complete))
    case 'message': {
      const { message } = event
      // Before the list is read there is no place to resume from, and what comes may have gaps (see `listed`).
      const cursor = state.cursor === null ? null : Math.max(state.cursor, message.seq)
      return { ...changeTalk(state, peerOf(message, me), (talk) => received(talk, message, me)), cursor, storing: true }
    }
    case 'transient': {
      const { persisted: _, ...message } = event.message
      const theirs = message.sender_id !== me
      const next = changeTalk(state, peerOf(message, me), (talk) =>
        insert(talk, { ...message, state: 'transient' }, theirs),
      )
      return { ...next, storing: false }
    }
    case 'reset':
      return { ...initialState(me), users: state.users, open: state.open, link: state.link }
    case 'outbox': {
      // What is no longer in the outbox has been sent or dropped by another tab.
      const kept = new Set(event.entries.map(({ id }) => id))
      const next = changeTalks(state, (talk) =>
        withoutPending(talk, ({ id, sender_id }) => sender_id === me && !kept.has(id)),
      )
      return event.entries.reduce((now, entry) => reduce(now, { type: 'queued', entry }), next)
    }
    case 'queued':
      return changeTalk(state, event.entry.receiver_id, (talk) => insert(talk, event.entry, false))
    case 'marked': {
      const { entry } = event
      const pending = (/** @type {T.Talk} */ talk) => talk.pending.map((old) => (old.id === entry.id ? entry : old))
      return changeTalk(state, entry.receiver_id, (talk) => ({ ...talk, pending: pending(talk) }))
    }
    case 'discarded':
      return changeTalks(state, (talk) => withoutPending(talk, ({ id }) => id === event.id))
    case 'read':
      return changeTalk(state, event.peer, (talk) => markRead(talk, event.seq, me))
    case 'link':
      return { ...state, link: event.link }
    case 'storing':
      return state.storing === event.storing ? state : { ...state, storing: event.storing }
  }
}

/** @param {T.State} state @param {Extract<T.Event, { type: 'listed' }>} event @returns {T.State} */
function listed(state, { conversations, more, first }) {
  const known =
    state.cursor === null ? changeTalks(state, (talk) => ({ ...talk, messages: [], history: 'none' })) : state
  const users = { ...state.users }
  const talks = { ...known.talks }
  // The newest entry is where the mailbox ended when the list was made: the socket goes on from there.
  let head = 0
  for (const { user, last_message, unread } of conversations) {
    users[user.id] = user
    talks[user.id] = mergeListed(talks[user.id] ?? newTalk, last_message, unread, state.me)
    head = Math.max(head, last_message.seq)
  }
  const refreshed = state.listed && first
  return { ...state, users, talks, listed: true, more: refreshed ? state.more : more, cursor: state.cursor ?? head }
}

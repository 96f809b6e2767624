import { insert, markRead, mergeListed, mergePage, received, withoutPending } from './talk.js'

/** @import * as T from './types.ts' */

// The page's state and every way it can change: no network, no document.

/** What the page knows before it has asked. @param {string} me @returns {T.State} */
export const initialState = (me) => ({
  ...{ me, users: {}, talks: {}, listed: false, more: null, open: null, cursor: null },
  ...{ link: 'connecting', storing: true },
})

/** @type {T.Talk} */
const newTalk = { messages: [], pending: [], last: undefined, unread: 0, read: 0, history: 'none' }

/** The other party of a message. @type {T.PeerOf} */
export const peerOf = (message, me) => (message.sender_id === me ? message.receiver_id : message.sender_id)

/** @type {T.ChangeTalk} */
function changeTalk(state, peer, change) {
  const talk = change(state.talks[peer] ?? newTalk)
  return talk === state.talks[peer] ? state : { ...state, talks: { ...state.talks, [peer]: talk } }
}

/** @type {T.ChangeTalks} */
function changeTalks(state, change) {
  const talks = Object.entries(state.talks).map(([peer, talk]) => [peer, change(talk)])
  return { ...state, talks: Object.fromEntries(talks) }
}

/** The state after an event; the same object if nothing changes. @type {T.Reduce} */
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
      // Before the list is read, what comes may have gaps (see `listed`).
      const cursor = state.cursor === null ? null : Math.max(state.cursor, message.seq)
      return { ...changeTalk(state, peerOf(message, me), (talk) => received(talk, message, me)), cursor, storing: true }
    }
    case 'transient': {
      const { persisted: _, ...message } = event.message
      /** @type {T.Unsent} */
      const entry = { ...message, state: 'transient' }
      const next = changeTalk(state, peerOf(entry, me), (talk) => insert(talk, entry, entry.sender_id !== me))
      return { ...next, storing: false }
    }
    case 'reset':
      return { ...initialState(me), users: state.users, open: state.open, link: state.link }
    case 'outbox': {
      // Another tab has sent or dropped what is missing.
      const kept = new Set(event.entries.map(({ id }) => id))
      const next = changeTalks(state, (talk) =>
        withoutPending(talk, ({ id, sender_id }) => sender_id === me && !kept.has(id)),
      )
      return event.entries.reduce((now, entry) => reduce(now, { type: 'queued', entry }), next)
    }
    case 'queued':
      return changeTalk(state, event.entry.receiver_id, (talk) => insert(talk, event.entry, false))
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

/** @type {T.Listed} */
function listed(state, { conversations, more, first }) {
  const known =
    state.cursor === null ? changeTalks(state, (talk) => ({ ...talk, messages: [], history: 'none' })) : state
  const users = { ...state.users }
  const talks = { ...known.talks }
  // The newest entry is where the mailbox ended: the socket goes on from there.
  let head = 0
  for (const { user, last_message, unread } of conversations) {
    users[user.id] = user
    talks[user.id] = mergeListed(talks[user.id] ?? newTalk, last_message, unread, state.me)
    head = Math.max(head, last_message.seq)
  }
  const refreshed = state.listed && first
  return { ...state, users, talks, listed: true, more: refreshed ? state.more : more, cursor: state.cursor ?? head }
}

/** Changes are gathered before they are told: a resumed mailbox comes as many frames. */
const GATHER_MS = 8

/** Holds the state and tells of its changes. @type {T.CreateStore} */
export function createStore(state, reduce) {
  let tell = (/** @type {T.State} */ _) => {}
  /** @type {T.Timer} */
  let timer

  function told() {
    timer = undefined
    tell(state)
  }

  return {
    get state() {
      return state
    },
    dispatch(event) {
      const next = reduce(state, event)
      if (next !== state) timer = timer ?? setTimeout(told, GATHER_MS)
      state = next
    },
    subscribe(listener) {
      tell = listener
      listener(state)
    },
  }
}

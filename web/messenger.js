import { createApi } from './api.js'
import { closeCode } from './backoff.js'
import { isUuid, uuid } from './id.js'
import { createOutbox } from './outbox.js'
import { createPatience } from './patience.js'
import { createReadMarks } from './readmarks.js'
import { createSender } from './sender.js'
import { readSession } from './session.js'
import { createSocket } from './socket.js'
import { initialState, peerOf, reduce } from './state.js'
import { createStore } from './store.js'

/** @import * as T from './types.ts' */

const REFRESH_MS = 5000

/** Everything between the pure state and the world. Views read its store and call its verbs. @param {T.MessengerOptions} options */
export function createMessenger({ me, onEnded, onNews }) {
  const store = createStore(initialState(me), reduce)
  const token = () => readSession()?.token ?? ''
  const api = createApi(token, onEnded)
  const { insist, ...patience } = createPatience(onStoring)
  const outbox = createOutbox(me, () => quietly(restore().then(sender.flush)))
  const readMarks = createReadMarks(api, store)
  const socket = createSocket({ token, after: () => store.state.cursor, onFrame, onLink, onLost })
  const sender = createSender({ owner: me, outbox, socket, onOutcome })
  /** Whose name has been asked for. */
  const asked = new Set([me])
  /** Whose history is on its way. */
  const loading = new Set()
  let refreshed = 0

  /** One page of the list. @param {string | null} before */
  async function list(before) {
    const { data, next } = await insist(() => api.conversations(before))
    const blind = store.state.cursor === null
    const more = next ? data.at(-1).last_message.id : null
    store.dispatch({ type: 'listed', conversations: data, more, first: before === null })
    refreshed = Date.now()
    // The list tells where the mailbox ended: the socket goes on from there, without a gap.
    if (blind) socket.connect()
  }

  /** The list again: other devices may have read something. */
  function refresh() {
    const stale = store.state.listed && Date.now() - refreshed > REFRESH_MS
    if (stale && document.visibilityState === 'visible') quietly(list(null))
  }

  async function restore() {
    store.dispatch({ type: 'outbox', entries: await outbox.all() })
  }

  /** @param {T.ServerFrame} frame */
  function onFrame(frame) {
    if ('type' in frame) {
      if (frame.type === 'caught_up') return
      store.dispatch({ type: 'reset' })
      quietly(restore().then(() => list(null)))
    } else if ('sender_id' in frame) {
      const passed = 'persisted' in frame
      store.dispatch(passed ? { type: 'transient', message: frame } : { type: 'message', message: frame })
      if (passed) patience.suspended()
      else patience.recovered()
      const peer = peerOf(frame, me)
      if (!asked.has(peer) && !store.state.users[peer]) quietly(ask(peer))
      if (frame.sender_id !== me) onNews(frame)
    }
    sender.frame(frame)
  }

  /** @param {string} id */
  async function ask(id) {
    asked.add(id)
    const user = await insist(() => api.user(id))
    store.dispatch({ type: 'user', user })
    return user
  }

  /** @param {T.Link} link */
  function onLink(link) {
    store.dispatch({ type: 'link', link })
    if (link !== 'online') return
    patience.wake()
    readMarks.again()
    refresh()
    quietly(sender.flush())
  }

  /** @param {number} code */
  function onLost(code) {
    sender.lost()
    if (code === closeCode.tokenExpired) onEnded()
    // A browser doesn't say why a socket could not be opened: a refused token shows in a request.
    else if (code === closeCode.lost) quietly(api.user('me'))
  }

  /** @type {T.SenderOptions['onOutcome']} */
  async function onOutcome(entry, outcome, reason) {
    if (outcome === 'away') patience.suspended()
    if (outcome === 'stored') await outbox.remove(entry.id)
    if (outcome === 'refused') await mark({ ...entry, state: 'failed', reason })
  }

  /** @param {T.Unsent} entry */
  function mark(entry) {
    store.dispatch({ type: 'marked', entry })
    return outbox.replace(entry)
  }

  /** @param {boolean} storing */
  function onStoring(storing) {
    store.dispatch({ type: 'storing', storing })
    if (storing) quietly(sender.storing())
  }

  document.addEventListener('visibilitychange', refresh)
  quietly(ask(me))
  quietly(restore())
  quietly(list(null))
  // Without the list the socket serves all the same: a server without its database still passes messages on.
  const unlisted = setTimeout(() => store.state.listed || socket.connect(), 1500)

  return {
    store,
    search: api.search,
    markRead: readMarks.mark,
    moreTalks: () => quietly(list(store.state.more)),
    /** Tries the connection now, with the token of this moment. */
    reconnect: socket.connect,

    /** The user of a name or an id, if there is one. @param {string} who @returns {Promise<T.User | undefined>} */
    async resolve(who) {
      const byId = isUuid(who) ? await ask(who.toLowerCase()).catch(() => undefined) : undefined
      const isHim = (/** @type {T.User} */ { username }) => fold(username) === fold(who)
      const known = byId ?? Object.values(store.state.users).find(isHim)
      const user = known ?? (await insist(() => api.search(who))).find(isHim)
      if (user) store.dispatch({ type: 'user', user })
      return user
    },

    /** One more page of history. @param {string} peer */
    async loadOlder(peer) {
      const talk = store.state.talks[peer]
      if (loading.has(peer) || talk?.history === 'all') return
      loading.add(peer)
      try {
        // The first page is the newest one: only then is nothing missing after the oldest message.
        const before = talk?.history === 'some' ? talk.messages[0]?.id : undefined
        const { data, next } = await insist(() => api.history(peer, before))
        store.dispatch({ type: 'history', peer, messages: data, complete: !next })
      } finally {
        loading.delete(peer)
      }
    },

    /** @param {string} peer @param {Uint8Array} payload */
    async send(peer, payload) {
      const created_at = new Date().toISOString()
      /** @type {T.Unsent} */
      const entry = { id: uuid(), sender_id: me, receiver_id: peer, payload, created_at, state: 'sending' }
      store.dispatch({ type: 'queued', entry })
      await outbox.add(entry)
      // Once more: another tab's change may have made us read the outbox while this was not yet in it.
      store.dispatch({ type: 'queued', entry })
      await sender.flush()
    },
    /** @param {T.Unsent} entry */
    retry: (entry) => mark({ ...entry, state: 'sending' }).then(sender.flush),
    /** @param {T.Unsent} entry */
    discard({ id }) {
      store.dispatch({ type: 'discarded', id })
      return outbox.remove(id)
    },

    stop() {
      document.removeEventListener('visibilitychange', refresh)
      clearTimeout(unlisted)
      for (const part of [patience, socket]) part.stop()
      for (const part of [outbox, readMarks]) part.close()
    },
  }
}

/** Names are unique without regard to case. @param {string} name */
const fold = (name) => name.normalize('NFKC').toLowerCase()

/** What fails here is tried again elsewhere, or has been told already. @param {Promise<unknown>} promise */
const quietly = (promise) => void promise.catch(() => {})

import { createApi } from './api.js'
import { isUuid, uuid } from './id.js'
import { createOutbox } from './outbox.js'
import { createPatience } from './patience.js'
import { createReadMarks } from './readmarks.js'
import { createSender } from './sender.js'
import { readSession } from './session.js'
import { createSocket } from './socket.js'
import { initialState, peerOf, reduce } from './state.js'
import { createStore } from './store.js'

/**
 * Everything between the pure state and the world: the socket, the REST interface, the outbox. Views read its store
 * and call its verbs.
 * @typedef {ReturnType<typeof createMessenger>} Messenger
 * @typedef {import('../schemas/user.ts').User} User
 * @typedef {import('./state.js').Event} Event
 */

const REFRESH_MS = 5000

/**
 * @param {object} options
 * @param {string} options.me
 * @param {() => void} options.onEnded the token is no longer good
 */
export function createMessenger({ me, onEnded }) {
  /** @type {ReturnType<typeof createStore<import('./state.js').State, Event>>} */
  const store = createStore(initialState(me), reduce)
  const token = () => readSession()?.token ?? ''
  const api = createApi(token, onEnded)
  const outbox = createOutbox(me)
  const { insist, suspended, recovered, wake, stop } = createPatience(onStoring)
  const readMarks = createReadMarks({ me, api, store })
  const socket = createSocket({ token, after: () => store.state.cursor, onFrame, onLink, onLost })
  const sender = createSender({ owner: me, outbox, socket, onOutcome })

  /** @type {Set<string>} */
  const asked = new Set()
  let refreshed = 0

  /** @param {string | null} before */
  async function list(before) {
    const { data, next } = await insist(() => api.conversations(before))
    const more = next ? data.at(-1).last_message.id : null
    const blind = store.state.cursor === null
    store.dispatch({ type: 'listed', conversations: data, more, first: before === null })
    refreshed = Date.now()
    // The list tells where the mailbox ended: the socket goes on from there, without a gap.
    if (blind) socket.connect()
  }

  /** The list again: other devices may have read, and names may be new. */
  function refresh() {
    if (document.visibilityState === 'visible' && Date.now() - refreshed > REFRESH_MS) quietly(list(null))
  }

  async function restore() {
    store.dispatch({ type: 'outbox', entries: await outbox.all() })
  }

  /** @param {import('../schemas/frame.ts').ServerFrame} frame */
  function onFrame(frame) {
    if ('type' in frame) {
      if (frame.type === 'reset') {
        store.dispatch({ type: 'reset' })
        quietly(Promise.all([restore(), list(null)]))
      }
    } else if ('sender_id' in frame) {
      if ('persisted' in frame) {
        store.dispatch({ type: 'transient', message: frame })
        suspended()
      } else {
        store.dispatch({ type: 'message', message: frame })
        recovered()
      }
      ask(peerOf(frame, me))
      if (frame.sender_id !== me) for (const listener of listeners) listener(frame)
    }
    sender.frame(frame)
  }

  /** Whose name is not known yet. @param {string} id */
  function ask(id) {
    if (asked.has(id) || store.state.users[id]) return
    asked.add(id)
    quietly(insist(() => api.user(id)).then((user) => store.dispatch({ type: 'user', user })))
  }

  /** @param {import('./state.js').Link} link */
  function onLink(link) {
    store.dispatch({ type: 'link', link })
    if (link !== 'online') return
    wake()
    readMarks.again()
    if (store.state.listed) refresh()
    quietly(sender.flush())
  }

  /** @param {number} code */
  function onLost(code) {
    sender.lost()
    if (code === 4401) onEnded()
    // A browser doesn't say why a socket could not be opened: a refused token shows in a request.
    else if (code === 1006 && navigator.onLine) quietly(api.me())
  }

  /** @param {import('./talk.js').Unsent} entry @param {import('./sender.js').Outcome} outcome @param {string} reason */
  async function onOutcome({ id }, outcome, reason) {
    if (outcome === 'away') suspended()
    if (outcome === 'stored') await outbox.remove(id)
    if (outcome !== 'refused') return
    store.dispatch({ type: 'marked', id, state: 'failed', reason })
    await outbox.update(id, { state: 'failed', reason })
  }

  /** @param {boolean} storing */
  function onStoring(storing) {
    store.dispatch({ type: 'storing', storing })
    if (storing) quietly(sender.storing())
  }

  /** @type {Set<(message: Omit<import('../schemas/message.ts').Message, 'seq'>) => void>} */
  const listeners = new Set()
  /** @type {Set<string>} */
  const loading = new Set()

  outbox.onChange(() => {
    quietly(restore().then(() => sender.flush()))
  })
  document.addEventListener('visibilitychange', refresh)
  quietly(insist(api.me).then((user) => store.dispatch({ type: 'user', user })))
  quietly(restore())
  quietly(list(null))
  // Without the list the socket serves all the same: a server without its database still passes messages on.
  const patience = setTimeout(() => store.state.listed || socket.connect(), 1500)

  return {
    store,
    /** Calls back for every message that comes while the page is open. @param {(message: Omit<import('../schemas/message.ts').Message, 'seq'>) => void} listener */
    onNews: (listener) => listeners.add(listener),
    moreTalks: () => list(store.state.more),
    markRead: readMarks.mark,
    search: api.search,
    /** Tries the connection now, with the token of this moment. */
    reconnect: () => socket.connect(),

    /** The user of a name or an id. @param {string} who @returns {Promise<User | undefined>} */
    async resolve(who) {
      const folded = fold(who)
      const known = Object.values(store.state.users).find(({ id, username }) => id === who || fold(username) === folded)
      if (known) return known
      const byId = isUuid(who) ? await insist(() => api.user(who.toLowerCase())).catch(() => undefined) : undefined
      const user = byId ?? (await insist(() => api.search(who))).find(({ username }) => fold(username) === folded)
      if (user) store.dispatch({ type: 'user', user })
      return user
    },

    /** One more page of history. @param {string} peer */
    async loadOlder(peer) {
      const talk = store.state.talks[peer]
      if (loading.has(peer) || talk?.history === 'all') return
      loading.add(peer)
      try {
        // The first page is always the newest one; only then is the oldest message known to have no gap after it.
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
      /** @type {import('./talk.js').Unsent} */
      const entry = { id: uuid(), sender_id: me, receiver_id: peer, payload, created_at, state: 'sending' }
      store.dispatch({ type: 'queued', entry })
      await outbox.add(entry)
      // Once more: another tab's change may have been read from the outbox while this one was not yet in it.
      store.dispatch({ type: 'queued', entry })
      await sender.flush()
    },
    /** @param {string} id */
    async retry(id) {
      store.dispatch({ type: 'marked', id, state: 'sending' })
      await outbox.update(id, { state: 'sending' })
      await sender.flush()
    },
    /** @param {string} id */
    async discard(id) {
      store.dispatch({ type: 'discarded', id })
      await outbox.remove(id)
    },

    stop() {
      stop()
      clearTimeout(patience)
      document.removeEventListener('visibilitychange', refresh)
      socket.stop()
      outbox.close()
      readMarks.close()
    },
  }
}

/** Names are unique without regard to case. @param {string} name */
const fold = (name) => name.normalize('NFKC').toLowerCase()

/** What fails here is tried again elsewhere or has been told already. @param {Promise<unknown>} promise */
const quietly = (promise) => void promise.catch(() => {})

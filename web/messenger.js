import { createApi, createPatience } from './api.js'
import { isUuid, uuid } from './id.js'
import { createOutbox, createSender } from './sender.js'
import { readSession } from './session.js'
import { closeCode, createSocket } from './socket.js'
import { createStore, initialState, peerOf, reduce } from './state.js'
import { lastReceived } from './talk.js'

/** @import * as T from './types.ts' */

const REFRESH_MS = 5000

/** Everything between the state and the world: views read its store and call its verbs. @type {T.CreateMessenger} */
export function createMessenger({ me, onEnded, onNews }) {
  const store = createStore(initialState(me), reduce)
  const token = () => readSession()?.token ?? ''
  const api = createApi(token, onEnded)
  const outbox = createOutbox(me, () => quietly(restore().then(sender.flush)))
  const channel = new BroadcastChannel(`messenger-read-${me}`)
  channel.onmessage = ({ data }) => store.dispatch(data)
  const { insist, suspended, recovered, wake } = createPatience((storing) => {
    store.dispatch({ type: 'storing', storing })
    if (storing) quietly(sender.storing())
  })
  const socket = createSocket({
    token,
    after: () => store.state.cursor,
    onFrame(frame) {
      if ('type' in frame) {
        if (frame.type === 'caught_up') return
        store.dispatch({ type: 'reset' })
        quietly(restore().then(() => list(null)))
      } else if ('sender_id' in frame) {
        const passed = 'persisted' in frame
        store.dispatch(passed ? { type: 'transient', message: frame } : { type: 'message', message: frame })
        if (passed) suspended()
        else recovered()
        const peer = peerOf(frame, me)
        if (!asked.has(peer) && !store.state.users[peer]) quietly(ask(peer))
        if (frame.sender_id !== me) onNews(frame)
      }
      sender.frame(frame)
    },
    onLink(link) {
      store.dispatch({ type: 'link', link })
      if (link !== 'online') return
      wake()
      tellRead()
      refresh()
      quietly(sender.flush())
    },
    onLost(code) {
      sender.lost()
      if (code === closeCode.tokenExpired) onEnded()
      // Why a socket could not be opened is not said: a refused token shows in a request.
      else if (code === closeCode.lost) quietly(api.user('me'))
    },
  })
  const sender = createSender({
    owner: me,
    outbox,
    socket,
    async onOutcome(entry, outcome, reason) {
      if (outcome === 'away') suspended()
      if (outcome === 'stored') await outbox.remove(entry.id)
      if (outcome === 'refused') await mark({ ...entry, state: 'failed', reason })
    },
  })
  /** Whose name has been asked for. */
  const asked = new Set([me])
  /** What has been read, but the server does not know of. @type {Map<string, number>} */
  const untold = new Map()
  /** @type {T.Timer} */
  let timer
  let refreshed = 0

  /** One page of the list. @param {string | null} before */
  async function list(before) {
    const { data, next } = await insist(() => api.conversations(before))
    const blind = store.state.cursor === null
    const more = next ? data.at(-1).last_message.id : null
    store.dispatch({ type: 'listed', conversations: data, more, first: before === null })
    refreshed = Date.now()
    // The socket goes on where the list ended, without a gap.
    if (blind) socket.connect()
  }

  /** Other devices may have read something. */
  function refresh() {
    const stale = store.state.listed && Date.now() - refreshed > REFRESH_MS
    if (stale && document.visibilityState === 'visible') quietly(list(null))
  }

  /** What fails is told with the next mark or connection. */
  function tellRead() {
    clearTimeout(timer)
    timer = setTimeout(() => {
      for (const [peer, seq] of untold)
        quietly(api.read(peer, seq).then(() => untold.get(peer) === seq && untold.delete(peer)))
    }, 250)
  }

  async function restore() {
    store.dispatch({ type: 'outbox', entries: await outbox.all() })
  }

  /** @param {string} id */
  async function ask(id) {
    asked.add(id)
    const user = await insist(() => api.user(id))
    store.dispatch({ type: 'user', user })
    return user
  }

  /** @type {T.Mark} */
  function mark(entry) {
    store.dispatch({ type: 'queued', entry })
    return outbox.replace(entry)
  }

  document.addEventListener('visibilitychange', refresh)
  quietly(ask(me))
  quietly(restore())
  quietly(list(null))
  // A server without its database has no list, but still passes messages on.
  setTimeout(() => store.state.listed || socket.connect(), 1500)

  return {
    store,
    search: api.search,
    markRead(peer) {
      const talk = store.state.talks[peer]
      const seq = talk ? lastReceived(talk, me) : 0
      if (!talk || (seq <= talk.read && talk.unread === 0)) return
      /** @type {T.Event} */
      const event = { type: 'read', peer, seq }
      store.dispatch(event)
      channel.postMessage(event)
      if (seq > talk.read) untold.set(peer, seq)
      tellRead()
    },
    moreTalks: () => quietly(list(store.state.more)),
    reconnect: socket.connect,
    async resolve(who) {
      if (isUuid(who)) {
        const user = await ask(who.toLowerCase()).catch(() => undefined)
        if (user) return user
      }
      const isThem = (/** @type {{ username: string }} */ { username }) => fold(username) === fold(who)
      const known = Object.values(store.state.users).find(isThem)
      const user = known ?? (await insist(() => api.search(who))).find(isThem)
      if (user) store.dispatch({ type: 'user', user })
      return user
    },
    async loadOlder(peer) {
      const talk = store.state.talks[peer]
      // Until a page has been read, something may be missing after the oldest message.
      const before = talk?.history === 'some' ? talk.messages[0]?.id : undefined
      const { data, next } = await insist(() => api.history(peer, before))
      store.dispatch({ type: 'history', peer, messages: data, complete: !next })
    },
    async send(receiver_id, payload) {
      const about = { id: uuid(), sender_id: me, receiver_id, created_at: new Date().toISOString() }
      /** @type {T.Unsent} */
      const entry = { ...about, payload, state: 'sending' }
      store.dispatch({ type: 'queued', entry })
      await outbox.add(entry)
      // Once more: the outbox may have been read meanwhile, without it.
      store.dispatch({ type: 'queued', entry })
      await sender.flush()
    },
    retry: (entry) => mark({ ...entry, state: 'sending' }).then(sender.flush),
    discard({ id }) {
      store.dispatch({ type: 'discarded', id })
      return outbox.remove(id)
    },
  }
}

/** Names are unique without regard to case. @param {string} name */
const fold = (name) => name.normalize('NFKC').toLowerCase()

/** What fails here is tried again, or told already. @param {Promise<unknown>} promise */
const quietly = (promise) => void promise.catch(() => {})

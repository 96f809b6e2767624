import { lastReceived } from './talk.js'

/** @import * as T from './types.ts' */

/** Tells the server, and the other tabs, how far the reader has read. @param {T.Api} api @param {T.Store} store */
export function createReadMarks(api, store) {
  const { me } = store.state
  /** What the server does not know yet. @type {Map<string, number>} */
  const untold = new Map()
  /** @type {T.Timer} */
  let timer
  const channel = new BroadcastChannel(`messenger-read-${me}`)
  channel.onmessage = ({ data }) => store.dispatch(data)

  async function tell() {
    timer = undefined
    for (const [peer, seq] of untold) {
      await api.read(peer, seq)
      if (untold.get(peer) === seq) untold.delete(peer)
    }
  }

  /** Tells what is untold; what fails is told with the next mark or connection. */
  function again() {
    if (untold.size > 0) timer = timer ?? setTimeout(() => tell().catch(() => {}), 250)
  }

  /** Everything received in a conversation has been seen. @param {string} peer */
  function mark(peer) {
    const talk = store.state.talks[peer]
    const seq = talk ? lastReceived(talk, me) : 0
    if (!talk || (seq <= talk.read && talk.unread === 0)) return
    /** @type {T.Event} */
    const event = { type: 'read', peer, seq }
    store.dispatch(event)
    channel.postMessage(event)
    if (seq > talk.read) untold.set(peer, seq)
    again()
  }

  return { again, mark, close: () => channel.close() }
}

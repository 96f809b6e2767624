import { lastReceived } from './talk.js'

/**
 * Tells the server, and the other tabs, how far the reader has read.
 * @param {object} options
 * @param {string} options.me
 * @param {ReturnType<typeof import('./api.js').createApi>} options.api
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').State, import('./state.js').Event>>} options.store
 */
export function createReadMarks({ me, api, store }) {
  const channel = new BroadcastChannel('messenger-read')
  /** What the server does not know yet. @type {Map<string, number>} */
  const untold = new Map()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  channel.onmessage = ({ data }) => {
    if (data.me === me) store.dispatch({ type: 'read', peer: data.peer, seq: data.seq })
  }

  async function tell() {
    timer = undefined
    for (const [peer, seq] of untold) {
      try {
        await api.read(peer, seq)
        if (untold.get(peer) === seq) untold.delete(peer)
      } catch {
        // Told again with the next mark or connection.
      }
    }
  }

  function again() {
    if (untold.size > 0) timer ??= setTimeout(tell, 250)
  }

  return {
    again,
    /** Everything received in a conversation has been seen. @param {string} peer */
    mark(peer) {
      const talk = store.state.talks[peer]
      if (!talk) return
      const seq = lastReceived(talk, me)
      if (seq > talk.read) {
        untold.set(peer, seq)
        channel.postMessage({ me, peer, seq })
        again()
      }
      if (seq > talk.read || talk.unread > 0) store.dispatch({ type: 'read', peer, seq })
    },
    close() {
      clearTimeout(timer)
      channel.close()
    },
  }
}

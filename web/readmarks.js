import { lastReceived } from './talk.js'

/**
 * Tells the server, and the other tabs, how far the reader has read.
 * @param {ReturnType<typeof import('./api.js').createApi>} api @param {import('./types.ts').Store} store
 */
export function createReadMarks(api, store) {
  const { me } = store.state
  /** What the server does not know yet. @type {Map<string, number>} */
  const untold = new Map()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
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
    if (untold.size > 0) timer ??= setTimeout(() => tell().catch(() => {}), 250)
  }

  return {
    again,
    /** Everything received in a conversation has been seen. @param {string} peer */
    mark(peer) {
      const talk = store.state.talks[peer]
      const seq = talk ? lastReceived(talk, me) : 0
      if (!talk || (seq <= talk.read && talk.unread === 0)) return
      /** @type {import('./types.ts').Event} */
      const event = { type: 'read', peer, seq }
      store.dispatch(event)
      channel.postMessage(event)
      if (seq > talk.read) untold.set(peer, seq)
      again()
    },
    close() {
      clearTimeout(timer)
      channel.close()
    },
  }
}

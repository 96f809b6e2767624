import { closeCode, waitBefore } from './backoff.js'

/** @import * as T from './types.ts' */

/** One socket that comes back by itself. @param {T.SocketOptions} options */
export function createSocket({ token, after, onFrame, onLink, onLost }) {
  /** @type {WebSocket | undefined} */
  let socket
  /** @type {T.Timer} */
  let timer
  let failures = 0
  const ending = new AbortController()

  function connect() {
    drop()
    if (ending.signal.aborted) return
    const from = after()
    const address = `${location.origin.replace('http', 'ws')}/ws${from === null ? '' : `?after=${from}`}`
    // The token travels as a subprotocol, so that no address has it.
    socket = new WebSocket(address, ['messenger', `bearer.${token()}`])
    socket.onopen = () => {
      failures = 0
      onLink('online')
    }
    socket.onmessage = ({ data }) => onFrame(JSON.parse(data))
    socket.onclose = ({ code }) => lost(code)
  }

  /** @param {number} code */
  function lost(code) {
    drop()
    failures += 1
    const refused = code === closeCode.policy
    // A browser that calls itself offline may be wrong, so the attempts go on.
    onLink(refused ? 'refused' : navigator.onLine ? 'waiting' : 'offline')
    if (!refused) timer = setTimeout(connect, waitBefore(failures, code))
    onLost(code)
  }

  /** Forgets the socket without waiting for its end. */
  function drop() {
    clearTimeout(timer)
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    socket = undefined
  }

  /** Ends a connection that does not answer. */
  const giveUp = () => lost(closeCode.lost)
  // Back from a sleep: no reason to wait any longer.
  const shown = () => document.visibilityState === 'visible' && failures > 0 && !socket && connect()
  addEventListener('online', connect, ending)
  addEventListener('offline', giveUp, ending)
  document.addEventListener('visibilitychange', shown, ending)

  return {
    connect,
    giveUp,
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    /** @param {T.NewMessage} message */
    send: (message) => socket?.send(JSON.stringify(message)),
    stop() {
      ending.abort()
      drop()
    },
  }
}

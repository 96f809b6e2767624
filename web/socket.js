import { closeCode, waitBefore } from './backoff.js'

/**
 * @typedef {import('../schemas/frame.ts').ServerFrame} ServerFrame
 * @typedef {import('./state.js').Link} Link
 */

/**
 * One socket that comes back by itself.
 * @param {object} options
 * @param {() => string} options.token
 * @param {() => number | null} options.after where to resume
 * @param {(frame: ServerFrame) => void} options.onFrame
 * @param {(link: Link) => void} options.onLink
 * @param {(code: number) => void} options.onLost called when an attempt failed or a connection ended
 */
export function createSocket({ token, after, onFrame, onLink, onLost }) {
  /** @type {WebSocket | undefined} */
  let socket
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let failures = 0
  let stopped = false

  function connect() {
    drop()
    if (stopped) return
    const from = after()
    const { protocol, host } = location
    const address = `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/ws${from === null ? '' : `?after=${from}`}`
    // The token travels as a subprotocol, so that no address has it.
    const opened = new WebSocket(address, ['messenger', `bearer.${token()}`])
    socket = opened
    opened.onopen = () => {
      failures = 0
      onLink('online')
    }
    opened.onmessage = ({ data }) => onFrame(JSON.parse(data))
    opened.onclose = ({ code }) => lost(code)
  }

  /** @param {number} code */
  function lost(code) {
    drop()
    failures += 1
    onLost(code)
    if (stopped) return
    if (code === closeCode.policy) return onLink('refused')
    // A browser that calls itself offline may be wrong, so the attempts go on.
    onLink(navigator.onLine ? 'waiting' : 'offline')
    timer = setTimeout(connect, waitBefore(failures, code))
  }

  /** Forgets the socket without waiting for its end. */
  function drop() {
    clearTimeout(timer)
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    socket = undefined
  }

  function offline() {
    lost(0)
  }

  /** Back from a sleep or another tab: no reason to wait any longer. */
  function shown() {
    if (document.visibilityState === 'visible' && !socket && navigator.onLine && failures > 0) connect()
  }

  addEventListener('online', connect)
  addEventListener('offline', offline)
  document.addEventListener('visibilitychange', shown)

  return {
    connect,
    get open() {
      return socket?.readyState === WebSocket.OPEN
    },
    /** @param {import('../schemas/message.ts').NewMessage} message */
    send: (message) => socket?.send(JSON.stringify(message)),
    /** Ends a connection that does not answer. */
    giveUp: () => lost(0),
    stop() {
      stopped = true
      drop()
      removeEventListener('online', connect)
      removeEventListener('offline', offline)
      document.removeEventListener('visibilitychange', shown)
    },
  }
}

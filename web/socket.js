/** @import * as T from './types.ts' */

/** Close codes that ask for more than waiting (schemas/frame.ts). */
export const closeCode = { stopping: 1001, lost: 1006, policy: 1008, tokenExpired: 4401 }

const FIRST_MS = 3000
const LONGEST_MS = 15_000

/** Milliseconds: three seconds, one when the server stops, growing while it fails. @type {T.WaitBefore} */
export function waitBefore(failures, code, random = Math.random()) {
  if (failures <= 1) return code === closeCode.stopping ? 200 + random * 800 : FIRST_MS
  return Math.min(LONGEST_MS, FIRST_MS * 1.5 ** (failures - 1)) * (0.75 + random * 0.25)
}

/** One socket that comes back by itself. @type {T.CreateSocket} */
export function createSocket({ token, after, onFrame, onLink, onLost }) {
  /** @type {WebSocket | undefined} */
  let socket
  /** @type {T.Timer} */
  let timer
  let failures = 0

  function connect() {
    drop()
    const from = after()
    // A subprotocol carries the token, so that no address has it.
    socket = new WebSocket(from === null ? '/ws' : `/ws?after=${from}`, ['messenger', `bearer.${token()}`])
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
    // A browser may be wrong to call itself offline, so the attempts go on.
    onLink(refused ? 'refused' : navigator.onLine ? 'waiting' : 'offline')
    if (!refused) timer = setTimeout(connect, waitBefore(failures, code))
    onLost(code)
  }

  /** Does not wait for its end. */
  function drop() {
    clearTimeout(timer)
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    socket = undefined
  }

  const giveUp = () => lost(closeCode.lost)
  addEventListener('online', connect)
  addEventListener('offline', giveUp)

  return {
    connect,
    giveUp,
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    send: (message) => socket?.send(JSON.stringify(message)),
  }
}

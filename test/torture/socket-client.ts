import { WebSocket } from 'ws'
import type { Client, ClientOptions, Incoming, Note } from './client.ts'
import { compose, isPassing, type Pending } from './outbox.ts'
import { readPayload } from './payload.ts'

/** Sends in flight on one socket. */
const WINDOW = 32
/** A client that hears nothing about its message for so long takes the connection for dead. */
const PATIENCE = 12_000
/** Milliseconds between looks at what is to be sent. */
const TICK = 200
/** How many messages come at once: on average 3.8. */
const bursts = [1, 1, 2, 3, 12]

/** A client on a WebSocket: `plain` never sends `after`, `resuming` always does. */
export const createSocketClient = ({ info, address, token, traffic, record }: ClientOptions): Client => {
  const { random } = traffic
  const pending = new Map<string, Pending>()
  let socket: WebSocket | undefined
  let connection = 0
  let cursor = 0
  let draining = false
  let closed = false

  const note = (event: Note) => record({ ...event, at: Date.now(), client: info.name, connection })

  const send = (message: Pending) => {
    message.sentAt = Date.now()
    note({ type: 'sent', id: message.id, receiver: message.receiver, valid: message.valid })
    socket?.send(message.body)
  }

  const takeMessage = (id: string, seq: number, frame: Incoming) => {
    const own = frame.sender_id === info.user
    note({ type: 'delivered', id, seq, own, intact: frame.payload !== undefined && readPayload(frame.payload) === id })
    cursor = Math.max(cursor, seq)
    if (own && pending.delete(id)) note({ type: 'acknowledged', id, seq })
  }

  const refuse = (id: string, error: string, message: Pending) => {
    const final = !isPassing(error)
    note({ type: 'refused', id, error, final })
    if (final) pending.delete(id)
    else message.sentAt = 0
  }

  const take = (frame: Incoming) => {
    if (frame.type !== undefined) return note({ type: frame.type, seq: frame.seq ?? -1 })
    const message = pending.get(frame.id ?? '')
    if (frame.id !== undefined && frame.seq !== undefined) return takeMessage(frame.id, frame.seq, frame)
    if (frame.persisted === false && frame.id !== undefined) {
      note({ type: 'transient', id: frame.id })
      if (message && frame.sender_id === info.user) message.sentAt = 0
    } else if (frame.error !== undefined && message) refuse(message.id, frame.error, message)
    else throw new Error(`${info.name} does not understand ${JSON.stringify(frame).slice(0, 200)}`)
  }

  const connect = () => {
    const after = info.kind === 'resuming' ? cursor : undefined
    const query = after === undefined ? '' : `&after=${after}`
    const current = new WebSocket(`ws://${address}/ws?token=${token}${query}`, { handshakeTimeout: 5000 })
    socket = current
    current.on('open', () => {
      connection += 1
      note({ type: 'connected', after })
      for (const message of pending.values()) send(message)
    })
    current.on('message', (data) => take(JSON.parse(String(data)) as Incoming))
    current.on('error', () => current.terminate())
    current.on('close', (code) => {
      note({ type: 'disconnected', code })
      if (!closed) setTimeout(connect, random.between(20, 500))
    })
  }

  /** Repeats what may be repeated, then adds a burst of its own. */
  const work = () => {
    if (socket?.readyState !== WebSocket.OPEN || socket.isPaused) return
    const now = Date.now()
    for (const message of pending.values()) {
      if (message.sentAt === 0) send(message)
      else if (now - message.sentAt > PATIENCE) {
        note({ type: 'gave_up', id: message.id })
        return socket.terminate()
      }
    }
    const wanted = !draining && random.next() < (traffic.rate * TICK) / 1000 / 3.8
    const burst = wanted ? random.pick(bursts) : 0
    for (let count = 0; count < burst && pending.size < WINDOW; count += 1) {
      const message = compose(traffic)
      pending.set(message.id, message)
      send(message)
    }
  }

  connect()
  const timer = setInterval(work, random.between(TICK - 50, TICK + 50))
  return {
    info,
    pending: () => pending.size,
    drain: () => {
      draining = true
    },
    freeze: (ms) => {
      const frozen = socket
      if (frozen?.readyState !== WebSocket.OPEN) return
      frozen.pause()
      setTimeout(() => frozen.resume(), ms)
    },
    reconnect: () => socket?.terminate(),
    close: () => {
      closed = true
      clearInterval(timer)
      socket?.terminate()
    },
  }
}

import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Test } from '../helper.ts'

/** Any frame of the server; a test asks for what it expects. */
export interface Frame {
  readonly id?: string
  readonly seq?: number
  readonly sender_id?: string
  readonly receiver_id?: string
  readonly payload?: number[]
  readonly created_at?: string
  readonly error?: string
  readonly type?: 'caught_up' | 'reset'
  readonly persisted?: false
}

/** A socket of a user, and all that came over it. */
export interface Peer {
  readonly socket: WebSocket
  readonly frames: Frame[]
  /** The code with which it was closed. */
  readonly closed: Promise<number>
  /** Waits until the frames are as wanted. @throws when they aren't in time */
  readonly until: (isDone: (frames: Frame[]) => boolean, ms?: number) => Promise<void>
  readonly send: (frame: object) => void
  readonly close: () => Promise<void>
}

/** How to connect. */
export interface PeerOptions {
  readonly after?: number
  /** Off: the client never proves that it has received anything. */
  readonly autoPong?: boolean
}

/**
 * Opens a socket and collects its frames.
 * @param url the server's, with `http`
 */
export const openPeer = async (t: Test, url: string, token: string, options: PeerOptions = {}): Promise<Peer> => {
  const { after, autoPong = true } = options
  const query = after === undefined ? '' : `&after=${after}`
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}${query}`, { autoPong })
  const frames: Frame[] = []
  let wake = () => {}
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as Frame)
    wake()
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.on('error', () => socket.terminate())

  const until: Peer['until'] = (isDone, ms = 60_000) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const last = JSON.stringify(frames.slice(-3)).slice(0, 500)
        reject(new Error(`not within ${ms} ms; ${frames.length} frames, the last are ${last}`))
      }, ms)
      wake = () => {
        if (!isDone(frames)) return
        clearTimeout(timer)
        resolve()
      }
      wake()
    })
  const close = async () => {
    socket.terminate()
    await closed
  }
  return { socket, frames, closed, until, send: (frame) => socket.send(JSON.stringify(frame)), close }
}

/** Sends over HTTP. */
export const post = async (url: string, token: string, body: object) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(60_000)
  const reply = await fetch(`${url}/api/messages`, { method: 'POST', headers, body: JSON.stringify(body), signal })
  return { status: reply.status, body: (await reply.json()) as Frame }
}

/** The numbers of the messages among the frames. */
export const numbers = (frames: readonly Frame[]): number[] => frames.flatMap(({ seq, id }) => (id && seq ? [seq] : []))

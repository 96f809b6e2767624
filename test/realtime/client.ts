import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Message } from '../../schemas/message.ts'

/** Any frame of the server, its fields as they come. */
export type Received = Partial<Message> & { error?: string; type?: string; persisted?: boolean }

/** A socket that remembers what it was sent. */
export interface Client {
  readonly socket: WebSocket
  readonly received: Received[]
  /** Sends a frame: text as it is, anything else as JSON. */
  send(frame: unknown): void
  /** Waits until this many frames have come in all, and returns them. */
  wait(count: number, milliseconds?: number): Promise<Received[]>
  /** Waits for the close and returns its code. */
  closed(): Promise<number>
  /** Closes and waits for the end. */
  close(): Promise<void>
}

/** Opens a socket with the token in the query, and `&after=` where given; `url` is the server's http address. */
export async function openSocket(url: string, token: string, after?: number): Promise<Client> {
  const query = after === undefined ? '' : `&after=${after}`
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}${query}`)
  const received: Received[] = []
  socket.on('message', (data) => received.push(JSON.parse(data.toString()) as Received))
  socket.on('error', () => undefined)
  const isClosed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  return {
    socket,
    received,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    wait: async (count, milliseconds = 10_000) => {
      for (const deadline = Date.now() + milliseconds; received.length < count; await sleep(5)) {
        if (Date.now() > deadline)
          throw new Error(`${received.length} of ${count} frames: ${JSON.stringify(received).slice(0, 500)}`)
      }
      return received
    },
    closed: () => isClosed,
    close: async () => {
      socket.close()
      await isClosed
    },
  }
}

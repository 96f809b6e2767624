import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
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
  /** Waits until the frames are as wanted, and returns them. */
  until(isDone: (frames: Received[]) => boolean, milliseconds?: number): Promise<Received[]>
  /** Waits for the close and returns its code. */
  closed(): Promise<number>
  /** Closes and waits for the end. */
  close(): Promise<void>
}

/** How to connect. */
export interface SocketOptions extends ClientOptions {
  /** Resumes behind this number. */
  after?: number
  /** Instead of `?token=…&after=…`. */
  query?: string
  protocols?: string[]
}

function dial(url: string, token: string, { after, query, protocols = [], ...options }: SocketOptions): WebSocket {
  const resume = after === undefined ? '' : `&after=${after}`
  return new WebSocket(`${url.replace('http', 'ws')}/ws${query ?? `?token=${token}${resume}`}`, protocols, options)
}

/** Opens a socket, by default with the token in the query; `url` is the server's http address. */
export async function openSocket(url: string, token: string, options: SocketOptions = {}): Promise<Client> {
  const socket = dial(url, token, options)
  const received: Received[] = []
  let look = () => {}
  socket.on('message', (data) => {
    received.push(JSON.parse(data.toString()) as Received)
    look()
  })
  const isClosed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  socket.on('error', () => undefined)

  const until: Client['until'] = (isDone, milliseconds = 60_000) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const last = JSON.stringify(received.slice(-5)).slice(0, 500)
        reject(new Error(`not within ${milliseconds} ms: ${received.length} frames, at last ${last}`))
      }, milliseconds)
      look = () => {
        if (!isDone(received)) return
        clearTimeout(timer)
        resolve(received)
      }
      look()
    })
  return {
    socket,
    received,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    wait: (count, milliseconds) => until(({ length }) => length >= count, milliseconds),
    until,
    closed: () => isClosed,
    close: async () => {
      socket.close()
      await isClosed
    },
  }
}

/** Opens a socket that the server refuses; returns how. */
export async function refusal(url: string, token: string, options: SocketOptions = {}) {
  const socket = dial(url, token, options)
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let body = ''
  for await (const chunk of answer) body += String(chunk)
  return { status: answer.statusCode, type: answer.headers['content-type'], body: JSON.parse(body) as unknown }
}

/** The numbers of the messages among the frames. */
export const seqs = (frames: readonly Received[]): number[] =>
  frames.flatMap(({ seq, type }) => (seq === undefined || type !== undefined ? [] : [seq]))

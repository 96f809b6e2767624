import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientFrame, type FrameHandler, FrameReader, newMask, opcodes } from '../../../bench/frames.ts'
import { isUnstored } from '../../../bench/stamp.ts'

/** How a socket takes what it is sent: as it comes, so many bytes a second, or not at all. */
export type Reading = 'fast' | 'frozen' | { readonly bytesPerSecond: number }

/** How to connect. */
export interface RawSocketOptions {
  readonly port: number
  readonly token: string
  readonly after?: number
}

/** The mask of every frame: one for all, so that a frame may be built once. No byte of it is zero. */
export const MASK = newMask()
/** How often a slow reader looks, in milliseconds. */
const TICK = 100
const ID = /^\{"id":"([0-9a-f-]{36})","sender_id":"([0-9a-f-]{36})"/

// libuv reads one socket at a time and every reader is done before the next read, so one buffer serves all sockets.
const shared = Buffer.allocUnsafe(256 * 1024)

/** A client with its hands on the TCP socket: it can stop reading, and send without waiting for anything. */
export class RawSocket {
  /** Ids of messages, in the order in which they came: the user's own, which are acknowledged thereby, and others'. */
  readonly own: string[] = []
  readonly others: string[] = []
  isGone = false
  readonly #socket: net.Socket
  readonly #reader: FrameReader
  readonly #userId: string
  #reading: Reading = 'fast'
  #timer: NodeJS.Timeout | undefined
  #allowance = 0

  private constructor(userId: string, { port, token, after }: RawSocketOptions, onOpen: (status: string) => void) {
    this.#userId = userId
    let handshake: Buffer | undefined = Buffer.alloc(0)
    let head = ''
    const handler: FrameHandler = {
      onText: (data, start, length) => {
        head = data.toString('latin1', start, start + Math.min(length, 120))
      },
      onTextEnd: (tail) => {
        if (!isUnstored(tail)) this.#take(head)
      },
      onControl: (opcode, payload) => this.#control(opcode, payload),
    }
    this.#reader = new FrameReader(handler)
    const callback = (size: number, buffer: Uint8Array) => {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, size)
      if (handshake === undefined) {
        this.#read(bytes)
        return true
      }
      handshake = Buffer.concat([handshake, bytes])
      const end = handshake.indexOf('\r\n\r\n')
      if (end < 0) return true
      const rest = handshake.subarray(end + 4)
      onOpen(handshake.toString('latin1', 0, handshake.indexOf('\r\n')))
      handshake = undefined
      if (rest.length > 0) this.#read(rest)
      return true
    }
    this.#socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: shared, callback } }, () => {
      const query = after === undefined ? '' : `&after=${after}`
      this.#socket.write(
        `GET /ws?token=${token}${query} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      )
    })
    this.#socket.setMaxListeners(0).on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => {
      this.isGone = true
      clearInterval(this.#timer)
      onOpen('closed')
    })
  }

  /** @throws when the server refuses */
  static open(userId: string, options: RawSocketOptions): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket: RawSocket = new RawSocket(userId, options, (status) => {
        if (status.startsWith('HTTP/1.1 101')) resolve(socket)
        else reject(new Error(`the server refused a socket: ${status}`))
      })
    })
  }

  /** Reads as told from now on. */
  read(reading: Reading): void {
    this.#reading = reading
    clearInterval(this.#timer)
    if (reading === 'fast') this.#socket.resume()
    else this.#socket.pause()
    if (typeof reading === 'string') return
    this.#timer = setInterval(() => {
      this.#allowance = (reading.bytesPerSecond * TICK) / 1000
      this.#socket.resume()
    }, TICK)
  }

  /** Sends what `next` gives, as fast as the server takes it, until that gives nothing. */
  async flood(next: () => Buffer | undefined): Promise<void> {
    for (let bytes = next(); bytes !== undefined && !this.isGone; bytes = next()) {
      if (this.#socket.write(bytes)) await sleep(0)
      else await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]).catch(() => undefined)
    }
  }

  /** Hangs up without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#reader.push(bytes)
    if (typeof this.#reading === 'string') return
    this.#allowance -= bytes.length
    if (this.#allowance <= 0) this.#socket.pause()
  }

  #take(head: string): void {
    const [, id, sender] = ID.exec(head) ?? []
    if (id !== undefined) (sender === this.#userId ? this.own : this.others).push(id)
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) this.#socket.write(clientFrame(opcodes.pong, payload, MASK))
    if (opcode === opcodes.close) this.#socket.end(clientFrame(opcodes.close, payload, MASK))
  }
}

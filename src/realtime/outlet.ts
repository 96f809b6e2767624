import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { CloseCode } from '../../schemas/frame.ts'
import { type Frame, pingFrame } from './frame.ts'

/** Bytes that may wait on a socket before what comes live is left in the mailbox. */
export const HIGH_WATER = 1_048_576
/** Frames up to this size in sum are copied into one buffer: one write costs more than the copy. */
const JOIN_BYTES = 65_536

/** Where the frames of a turn are joined, of every socket in turn. */
let joint = Buffer.allocUnsafeSlow(JOIN_BYTES)

/** The outlets with something to send, of one turn of the event loop. */
let due: Outlet[] = []

/** Sends what all of them have. A promise, since `queueMicrotask` makes an object more for each call. */
function scheduleFlush(): void {
  void Promise.resolve().then(() => {
    const outlets = due
    due = []
    for (const outlet of outlets) outlet.flush()
  })
}

/**
 * The way out to one client. Frames of one turn of the event loop leave in one write; they go to the TCP socket
 * directly, since they are finished already, between the whole frames that ws writes itself (pongs, closes).
 */
export class Outlet {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  /** Is told before what was written in a turn leaves, and may add to it. */
  observer: { beforeFlush(): void } | undefined
  #frames: Frame[] = []
  #queuedBytes = 0
  #isDue = false
  #stalledSince: number | undefined
  readonly #waiting: (() => void)[] = []

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    socket.on('drain', () => this.#drained())
    webSocket.on('close', () => this.#drained())
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN
  }

  /** Whether more waits here than may. */
  get isFull(): boolean {
    const isFull = this.#queuedBytes + this.#socket.writableLength > HIGH_WATER
    if (isFull) this.#stalledSince ??= performance.now()
    return isFull
  }

  /** Since when the client has taken nothing though something waits; milliseconds, monotonic. */
  get stalledSince(): number | undefined {
    return this.#stalledSince
  }

  /** Hands over a frame; what comes after the end is dropped. */
  write(frame: Frame): void {
    this.schedule()
    this.#frames.push(frame)
    this.#queuedBytes += frame.length
  }

  /** Has {@link Outlet.flush} called at the end of this turn of the event loop. */
  schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    if (due.length === 0) scheduleFlush()
    due.push(this)
  }

  /** Sends what was written in this turn. */
  flush(): void {
    this.#isDue = true
    this.observer?.beforeFlush()
    this.#isDue = false
    const frames = this.#frames
    if (frames.length === 0) return
    const bytes = this.#queuedBytes
    this.#frames = []
    this.#queuedBytes = 0
    const socket = this.#socket
    if (!this.isOpen || !socket.writable) return
    if (frames.length > 1 && bytes > JOIN_BYTES) {
      socket.cork()
      for (const frame of frames) socket.write(frame)
      socket.uncork()
    } else if (socket.writableLength > 0) {
      // What has to wait must not hold on to the memory that frames are carved from.
      socket.write(Buffer.concat(frames, bytes))
    } else if (frames.length === 1) {
      socket.write(frames[0] as Frame)
    } else {
      let end = 0
      for (const frame of frames) end += frame.copy(joint, end)
      socket.write(joint.subarray(0, end))
      // Nearly always the kernel has taken it all, and the next socket may have the memory.
      if (socket.writableLength > 0) joint = Buffer.allocUnsafeSlow(JOIN_BYTES)
    }
  }

  /** Resolves when everything has gone to the network, or the socket is closed. */
  drained(): Promise<void> {
    this.flush()
    if (!this.isOpen || !this.#socket.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Asks the client's stack for a sign that it has received everything up to here (RFC 6455, section 5.5.3). */
  ping(seq: number): void {
    this.write(pingFrame(seq))
  }

  /** Closes in order: what waits is sent first, the client answers, or ws ends it after 30 s. */
  close({ code, reason }: CloseCode): void {
    this.flush()
    if (this.isOpen) this.#webSocket.close(code, reason)
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#webSocket.terminate()
  }

  #drained(): void {
    this.#stalledSince = undefined
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

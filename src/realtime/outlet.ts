import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { CloseCode } from '../../schemas/frame.ts'
import { type Frame, pingFrame } from './frame.ts'

/** Bytes that may wait on a socket before what comes live is left in the mailbox. */
export const HIGH_WATER = 1_048_576
/** The most bytes that are handed to the network at a time, a larger frame aside. */
const JOINT_BYTES = 65_536

/** Where the frames of a turn are laid out one behind the other, of every socket in turn. */
let joint = Buffer.allocUnsafeSlow(JOINT_BYTES)

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
 * directly, finished, between the whole frames that ws writes itself (pongs, closes).
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
    this.#frames = []
    this.#queuedBytes = 0
    if (!this.isOpen || !this.#socket.writable) return
    let end = 0
    for (const frame of frames) {
      if (end + frame.length > JOINT_BYTES) end = this.#send(end)
      if (frame.length <= JOINT_BYTES) end = frame.write(joint, end)
      else {
        const own = Buffer.allocUnsafeSlow(frame.length)
        this.#socket.write(own.subarray(0, frame.write(own, 0)))
      }
    }
    this.#send(end)
  }

  /** Sends what stands in the joint up to `end`; returns where it is free now. */
  #send(end: number): 0 {
    if (end === 0) return 0
    const socket = this.#socket
    const bytes = joint.subarray(0, end)
    // What has to wait is copied: the joint belongs to the next socket.
    socket.write(socket.writableLength > 0 ? Buffer.from(bytes) : bytes)
    // Nearly always the kernel has taken it all.
    if (socket.writableLength > 0) joint = Buffer.allocUnsafeSlow(JOINT_BYTES)
    return 0
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

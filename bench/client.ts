import { randomBytes } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import { clientFrame, type FrameHandler, FrameReader, newMask, opcodes } from './frames.ts'

/** One WebSocket of the load generator. */
export interface Client {
  /** The mask that every frame of this client carries. */
  readonly mask: Buffer
  /** Hands finished frames to the kernel. */
  write(frames: Buffer): void
  /** Whether the kernel has yet to take some of them, so that their memory must stay as it is. */
  readonly isBehind: boolean
  /** Leaves without a closing handshake. */
  destroy(): void
}

/** What the owner of a client wants to know. */
export interface ClientEvents {
  /** A text frame; see {@link FrameHandler}. */
  onText(data: Buffer, start: number, length: number): void
  /** It has come to its end; see {@link FrameHandler}. */
  onTextEnd(tail: Buffer): void
  /** All frames of one read have been handed over. */
  onRead?(): void
  /** The connection has ended by itself, with the server's close code where it gave one. */
  onEnd?(code: number | undefined): void
}

// libuv reads one socket at a time and every reader is done before the next read, so one buffer serves all sockets.
const shared = Buffer.allocUnsafe(256 * 1024)

/**
 * Connects to `/ws?token=…` over a bare TCP (or TLS) socket.
 * @throws when the server refuses the upgrade, with its status line
 */
export const connectClient = (base: URL, token: string, events: ClientEvents): Promise<Client> =>
  new Promise((resolve, reject) => {
    const mask = newMask()
    let handshake: Buffer | null = Buffer.alloc(0)
    let closeCode: number | undefined
    const handler: FrameHandler = {
      onText: events.onText,
      onTextEnd: events.onTextEnd,
      onControl(opcode, payload) {
        if (opcode === opcodes.ping) socket.write(clientFrame(opcodes.pong, payload, mask))
        else if (opcode === opcodes.close) {
          closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
          socket.end(clientFrame(opcodes.close, payload, mask))
        }
      },
    }
    const reader = new FrameReader(handler)
    const client: Client = {
      mask,
      write: (frames) => void socket.write(frames),
      get isBehind() {
        return socket.writableLength > 0
      },
      destroy: () => socket.destroy(),
    }

    const onBytes = (bytes: Buffer): void => {
      if (handshake === null) reader.push(bytes)
      else {
        handshake = Buffer.concat([handshake, bytes])
        const end = handshake.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = handshake.subarray(0, end).toString('latin1')
        if (!head.startsWith('HTTP/1.1 101')) {
          reject(new Error(`the server refused the socket: ${head.split('\r\n', 1)[0]}`))
          socket.destroy()
          return
        }
        const rest = handshake.subarray(end + 4)
        handshake = null
        resolve(client)
        // The owner gets hold of the client before its first frame.
        if (rest.length > 0) queueMicrotask(() => reader.push(rest))
      }
      events.onRead?.()
    }

    const request = () =>
      socket.write(
        `GET /ws?token=${token} HTTP/1.1\r\nHost: ${base.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      )
    const secure = base.protocol === 'https:' || base.protocol === 'wss:'
    const host = base.hostname.replace(/^\[|\]$/g, '')
    const port = Number(base.port || (secure ? 443 : 80))
    const onread = {
      buffer: shared,
      callback: (size: number, buffer: Uint8Array) => {
        onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, size))
        return true
      },
    }
    const socket: net.Socket = secure
      ? tls.connect({ host, port, servername: net.isIP(host) ? '' : host }, request).on('data', onBytes)
      : net.connect({ host, port, noDelay: true, onread }, request)
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('the server closed the connection during the handshake'))
      events.onEnd?.(closeCode)
    })
  })

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { bareHeaders } from './headers.ts'

/** How long a client may go on sending before it must read our refusal. */
const LINGER_MS = 1_000

const refusals: Readonly<Record<string, readonly [status: number, error: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'request headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'request body is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request took too long'],
}

/** A whole HTTP answer as text, for a connection that Node's parser has given up on. */
export function rawReply(status: number, error: string): string {
  const body = JSON.stringify({ error })
  const headers = Object.entries({
    ...bareHeaders,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/**
 * For the server option `clientErrorHandler`: malformed HTTP, over-long headers and requests that never end.
 * The connection is read for a moment more: closing it with unread bytes would reset it, and take our answer along.
 */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = refusals[error.code ?? ''] ?? [400, 'malformed HTTP request']
  socket.on('error', () => socket.destroy())
  socket.removeAllListeners('data')
  socket.resume()
  socket.end(rawReply(status, message))
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}

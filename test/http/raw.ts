import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends bytes to a server and returns everything that it answers until it closes, or until we hang up: when the answer
 * is as wanted, or after `ms`.
 */
export async function raw(
  origin: string,
  bytes: string,
  { isDone = () => false, ms = 60_000 }: { isDone?: (answer: string) => boolean; ms?: number } = {},
): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
    if (isDone(answer)) socket.destroy()
  })
  socket.on('error', () => {})
  const timer = setTimeout(() => socket.destroy(), ms)
  socket.write(bytes, 'latin1')
  await once(socket, 'close').finally(() => clearTimeout(timer))
  return answer
}

/** The parts of a raw answer. */
export function parts(answer: string): { status: number; headers: string; body: string } {
  const end = answer.indexOf('\r\n\r\n')
  return {
    status: Number(answer.slice(9, 12)),
    headers: answer.slice(0, end).toLowerCase(),
    body: answer.slice(end + 4),
  }
}

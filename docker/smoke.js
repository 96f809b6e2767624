// Tries a deployed server as a stranger would: health, register, login, send and receive over the socket.
// node docker/smoke.js http://203.0.113.7:8080 (Node 22 or newer; on 20 with --experimental-websocket)
// It leaves one user called smoke-… behind, with one message to himself.
const base = (process.argv[2] ?? '').replace(/\/$/, '')
const username = `smoke-${crypto.randomUUID()}`
const password = crypto.randomUUID()

/** Fails unless the answer has the status; returns its body. */
const call = async (path, status, body) => {
  const reply = await fetch(base + path, {
    ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (reply.status !== status) throw new Error(`${path}: expected ${status}, got ${reply.status}`)
  return reply.json()
}

/** Sends a message to the user himself and resolves with the server's copy of it. */
const echo = (token, id, payload) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/ws?token=${token}`)
    setTimeout(() => reject(new Error('/ws: no message within 10 seconds')), 10_000).unref()
    socket.onerror = () => reject(new Error('/ws: the connection failed'))
    socket.onopen = () => socket.send(JSON.stringify({ receiver_id: id, payload }))
    socket.onmessage = ({ data }) => {
      socket.close()
      resolve(JSON.parse(data))
    }
  })

const health = await call('/health', 200)
if (health.database !== 'connected') throw new Error(`/health: the database is ${health.database}`)
const { user } = await call('/api/auth/register', 201, { username, password })
const { token } = await call('/api/auth/login', 200, { username, password })
const message = await echo(token, user.id, [1, 2, 255])
if (message.payload?.join() !== '1,2,255' || message.sender_id !== user.id)
  throw new Error('/ws: another message came back')
console.log(`${base}: health, register, login and socket work`)
process.exit(0)

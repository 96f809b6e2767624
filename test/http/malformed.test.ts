import t from 'tap'
import { build, listen } from '../helper.ts'
import { parts, raw } from './raw.ts'

/** No database is needed to refuse. */
const nowhere = { DB_HOST: '127.0.0.1', DB_PORT: '1' }
const app = await build(t, nowhere)
const origin = await listen(t, app)

const close = 'Host: a\r\nConnection: close\r\n\r\n'
const socket =
  'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** For a connection that stays open. */
const hasBody = { isDone: (answer: string) => answer.endsWith('}') }

const refused: [sentence: string, bytes: string, status: number][] = [
  ['what is no HTTP', 'hello there\r\n\r\n', 400],
  ['a method that Node does not know', `BREW /health HTTP/1.1\r\n${close}`, 400],
  ['a method that no route has', `PROPFIND /health HTTP/1.1\r\n${close}`, 404],
  ['a version that is none', `GET /health HTTP/9.9\r\n${close}`, 400],
  ['a header without a name', `GET /health HTTP/1.1\r\n: x\r\n${close}`, 400],
  ['two lengths', `POST /api/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${close}`, 400],
  ['a length beside chunks', `POST /x HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n${close}`, 400],
  ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['an expectation', `GET /health HTTP/1.1\r\nExpect: tea\r\n${close}`, 417],
  ['a URL with half an escape', `GET /api/users/%zz HTTP/1.1\r\n${close}`, 400],
  ['a URL with half a character', `GET /api/users/%c3 HTTP/1.1\r\n${close}`, 400],
  ['headers without end', `GET /health HTTP/1.1\r\nX: ${'x'.repeat(300_000)}\r\n${close}`, 431],
  ['a URL without end', `GET /${'x'.repeat(300_000)} HTTP/1.1\r\n${close}`, 431],
  ['a route that is not there', `GET /nope?token=hush HTTP/1.1\r\n${close}`, 404],
  ['a way out of the folder', `GET /../package.json HTTP/1.1\r\n${close}`, 404],
  ['a way out of the folder, escaped', `GET /..%2fpackage.json HTTP/1.1\r\n${close}`, 404],
  ['a socket where there is none', `GET /health?token=hush HTTP/1.1\r\n${socket}`, 404],
  ['a socket to nowhere', `GET /nope?token=hush HTTP/1.1\r\n${socket}`, 404],
]

for (const [sentence, bytes, status] of refused) {
  t.test(`${sentence}: ${status}, in our shape`, async (t) => {
    const answer = parts(await raw(origin, bytes))
    t.equal(answer.status, status)
    t.match(answer.headers, /content-type: application\/json/)
    t.match(answer.headers, /x-content-type-options: nosniff/)
    t.match(answer.headers, /cache-control: no-store/)
    t.match(answer.body, /\{"error":"[^"]+"\}/)
    t.notMatch(answer.body, /hush|FST_|HPE_|statusCode/)
  })
}

t.test('an offer of HTTP/2 is ignored, not taken for a socket', async (t) => {
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'
  // 1. A request without a body.
  const get = parts(await raw(origin, `GET /health/live HTTP/1.1\r\nHost: a\r\n${offer}\r\n`, hasBody))
  t.match(get, { status: 200, body: '{"status":"alive"}' })
  // 2. A request with one, part of which came with the head.
  const body = JSON.stringify({ username: 'ann', password: 1 })
  const head = `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  const post = parts(await raw(origin, `${head}${offer}\r\n${body}`, hasBody))
  t.match(post, { status: 400, body: '{"error":"password must be string"}' })
})

t.test('a connection goes on after a refusal that is only about the request', async (t) => {
  const answer = await raw(origin, `GET /nope HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live HTTP/1.1\r\n${close}`)
  t.same(answer.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 404', 'HTTP/1.1 200'])
})

t.test('after garbage the server still serves', async (t) => {
  await Promise.all(Array.from({ length: 50 }, () => raw(origin, '\x16\x03\x01\x00\xff')))
  t.equal((await fetch(`${origin}/health/live`)).status, 200)
})

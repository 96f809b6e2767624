import t from 'tap'
import { build } from '../helper.ts'

const nowhere = { DB_HOST: '127.0.0.1', DB_PORT: '1' }
const preflight = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' }
const corsHeaders = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control'))

t.test('security headers are on everything, and none needs https', async (t) => {
  const app = await build(t, nowhere)
  for (const url of ['/health/live', '/', '/nope', '/api/users/me', '/api/users/%zz', '/openapi.json', '/docs']) {
    const { headers } = await app.inject(url)
    t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, url)
    t.notMatch(headers['content-security-policy'], /unsafe|upgrade-insecure-requests|https?:/, url)
    t.match(headers, { 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' }, url)
    t.notOk(headers['strict-transport-security'], url)
  }
})

t.test('without CORS_ORIGINS nobody else may read answers', async (t) => {
  const app = await build(t, nowhere)
  const headers = { origin: 'https://a.example' }
  t.same(corsHeaders((await app.inject({ url: '/health/live', headers })).headers), [])
  t.equal(
    (await app.inject({ method: 'OPTIONS', url: '/api/messages', headers: { ...headers, ...preflight } })).statusCode,
    404,
  )
})

t.test('allowed origins may read answers, with the headers that matter; others get nothing', async (t) => {
  const app = await build(t, { ...nowhere, CORS_ORIGINS: 'https://a.example,http://localhost:5173' })
  for (const origin of ['https://a.example', 'http://localhost:5173']) {
    // 1. The answer itself, a refusal included.
    for (const url of ['/health/live', '/api/users/me', '/nope']) {
      const { headers } = await app.inject({ url, headers: { origin } })
      t.match(headers, { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Link, Retry-After' })
      t.match(headers['vary'], /Origin/i)
    }
    // 2. The question before it.
    const asked = await app.inject({ method: 'OPTIONS', url: '/api/messages', headers: { origin, ...preflight } })
    t.equal(asked.statusCode, 204)
    t.match(asked.headers, { 'access-control-allow-origin': origin, 'access-control-allow-methods': /PUT/ })
    t.match(asked.headers, { 'access-control-allow-headers': 'Authorization, Content-Type' })
    t.notOk(asked.headers['access-control-allow-credentials'])
  }
  // 3. Others, the almost right ones above all.
  for (const origin of [
    'https://b.example',
    'https://a.example.org',
    'http://a.example',
    'https://a.example:8443',
    'null',
  ]) {
    t.same(corsHeaders((await app.inject({ url: '/health/live', headers: { origin } })).headers), [], origin)
    const asked = await app.inject({ method: 'OPTIONS', url: '/api/messages', headers: { origin, ...preflight } })
    t.same(corsHeaders(asked.headers), [], origin)
  }
  t.same(corsHeaders((await app.inject('/health/live')).headers), [])
})

import t from 'tap'
import type { Registered, Session } from '../../schemas/auth.ts'
import { build, connect, createDatabase } from '../helper.ts'

const env = await createDatabase(t)
const sql = connect(t, env)
const app = await build(t, { ...env, JWT_DURATION: '1h' })
const post = (path: string, payload: object, on = app) =>
  on.inject({ method: 'POST', url: `/api/auth/${path}`, payload })

t.test('who registers gets a token, and himself', async (t) => {
  const reply = await post('register', { username: 'Ann', password: 'correct horse' })
  t.equal(reply.statusCode, 201)
  const { token, user, ...rest } = reply.json<Registered>()
  t.same(rest, {})
  t.match(user, { id: /^[0-9a-f-]{36}$/, username: 'Ann', created_at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/ })
  t.same(Object.keys(user), ['id', 'username', 'created_at'])
  const me = await app.inject({ url: '/api/users/me', headers: { authorization: `Bearer ${token}` } })
  t.same(me.json(), user)
  const [row] = await sql`select password_hash from users where id = ${user.id}`
  t.match(row?.['password_hash'], /^\$2[aby]\$10\$/)
})

t.test('a name is taken whatever its case, and however it is written', async (t) => {
  await post('register', { username: 'Straße', password: 'correct horse' })
  for (const username of ['ann', 'ANN', 'Ａｎｎ', 'STRASSE', 'strasse', 'STRAẞE']) {
    const reply = await post('register', { username, password: 'correct horse' })
    t.equal(reply.statusCode, 400, username)
    t.same(reply.json(), { error: 'username already exists' })
  }
})

t.test('of many who want one name at once, one gets it', async (t) => {
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      post('register', { username: i % 2 ? 'race' : 'RACE', password: `password ${i}` }),
    ),
  )
  t.same(replies.map(({ statusCode }) => statusCode).sort(), [201, 400, 400, 400, 400, 400, 400, 400])
})

t.test('the normalized name is what is stored and shown', async (t) => {
  const reply = await post('register', { username: 'Ｂｏｂ\u00a0ﬁrst', password: 'correct horse' })
  t.equal(reply.json<Registered>().user.username, 'Bob first')
})

t.test('names and passwords outside of the rules are refused, with the rule', async (t) => {
  const refused: [username: unknown, password: unknown, error: RegExp][] = [
    ['', 'correct horse', /^username must NOT have fewer than 1 char/],
    ['x'.repeat(51), 'correct horse', /^username must NOT have more than 50 char/],
    ['ﬃ'.repeat(17), 'correct horse', /^username must NOT have more than 50 char/],
    [' x', 'correct horse', /^username must be normalized/],
    ['a\u0000b', 'correct horse', /^username must be normalized/],
    [null, 'correct horse', /^username must be string/],
    ['new', '1234567', /^password must NOT have fewer than 8 char/],
    ['new', 'x'.repeat(73), /^password must be at most 72 bytes/],
    ['new', '🐎'.repeat(19), /^password must be at most 72 bytes/],
    ['new', 12345678, /^password must be string/],
  ]
  for (const [username, password, error] of refused) {
    const reply = await post('register', { username, password })
    t.equal(reply.statusCode, 400)
    t.match(reply.json(), { error })
  }
  t.equal((await post('register', { username: '🐎'.repeat(50), password: '🐎'.repeat(18) })).statusCode, 201)
})

t.test('who knows the password gets a token that ends when it says', async (t) => {
  for (const username of ['Ann', 'aNN', 'Ａnn']) {
    const reply = await post('login', { username, password: 'correct horse' })
    t.equal(reply.statusCode, 200)
    const { token, expires_at, ...rest } = reply.json<Session>()
    t.same(rest, {})
    t.equal((await app.verifyToken(token)).expiresAt, Date.parse(expires_at))
    t.ok(Math.abs(Date.parse(expires_at) - Date.now() - 3_600_000) < 10_000)
  }
})

t.test('everybody else reads one and the same answer', async (t) => {
  const wrong = [
    { username: 'Ann', password: 'correct horsf' },
    { username: 'Ann', password: '' },
    { username: 'Ann', password: 'x'.repeat(1_000) },
    { username: 'nobody', password: 'correct horse' },
    { username: '', password: 'correct horse' },
    { username: 'A\u0000nn', password: 'correct horse' },
    { username: '\ud800', password: 'correct horse' },
    { username: ' Ann', password: 'correct horse' },
    { username: "' or 1=1 --", password: 'correct horse' },
  ]
  for (const credentials of wrong) {
    const reply = await post('login', credentials)
    t.equal(reply.statusCode, 401, JSON.stringify(credentials))
    t.equal(reply.body, '{"error":"invalid credentials"}')
  }
})

t.test('without the database both say so, quickly', async (t) => {
  const alone = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
  for (const path of ['register', 'login']) {
    const started = Date.now()
    const reply = await post(path, { username: 'ann', password: 'correct horse' }, alone)
    t.ok(Date.now() - started < 2_000)
    t.equal(reply.statusCode, 503)
    t.same(reply.json(), { error: 'database unavailable' })
    t.ok(Number(reply.headers['retry-after']) > 0)
  }
})

t.test('tries are limited by account and by address, unless switched off', async (t) => {
  const limited = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1', RATE_LIMIT: 'on', TRUST_PROXY: '127.0.0.1' })
  const login = (username: string, address: string) =>
    limited.inject({
      ...{ method: 'POST', url: '/api/auth/login', payload: { username, password: 'x' } },
      ...{ headers: { 'x-forwarded-for': address } },
    })
  // 1. Twenty for an account, from wherever and however it is written.
  for (let i = 0; i < 20; i++) t.equal((await login(i % 2 ? 'ann' : 'ANN', `192.0.2.${i}`)).statusCode, 503)
  const refused = await login('Ann', '198.51.100.1')
  t.equal(refused.statusCode, 429)
  t.same(refused.json(), { error: 'rate limit exceeded' })
  t.match(refused.headers['retry-after'], /^[1-5]?\d$|^60$/)
  t.equal((await login('bob', '192.0.2.1')).statusCode, 503)
  // 2. A hundred from an address, for whatever accounts.
  for (let i = 0; i < 100; i++) await login(`user ${i}`, '203.0.113.7')
  t.equal((await login('carol', '203.0.113.7')).statusCode, 429)
  t.equal((await login('carol', '203.0.113.8')).statusCode, 503)
  // 3. Off is off.
  for (let i = 0; i < 12; i++) t.equal((await post('login', { username: 'nobody', password: 'x' })).statusCode, 401)
})

import t from 'tap'
import { SECRET } from '../helper.ts'
import { openWorld } from '../messages/world.ts'
import { mintToken } from '../torture/token.ts'
import { refusal, type SocketOptions } from './client.ts'

const world = await openWorld(t, { CORS_ORIGINS: 'https://chat.example.org,http://localhost:5173' })
const { url } = world
const unauthorized = {
  status: 401,
  type: 'application/json; charset=utf-8',
  body: { error: 'missing or invalid token' },
}

t.test('the token may come in the query, in a header or as a subprotocol', async (t) => {
  const { ann, bob } = await world.people()
  const ways: SocketOptions[] = [
    { query: `?token=${ann.token}` },
    { query: '', headers: { authorization: `Bearer ${ann.token}` } },
    { query: '?after=0', headers: { authorization: `bearer  ${ann.token}` } },
    { query: '', protocols: ['messenger', `bearer.${ann.token}`] },
    { query: '', protocols: [`bearer.${ann.token}`, 'messenger'] },
  ]
  for (const way of ways) {
    const client = await ann.open(t, way)
    client.send({ receiver_id: bob.id, payload: [1] })
    const frames = await client.until((all) => all.some(({ payload }) => payload !== undefined))
    t.equal(frames.find(({ payload }) => payload !== undefined)?.sender_id, ann.id)
    t.equal(client.socket.protocol, way.protocols === undefined ? '' : 'messenger', 'the token is never accepted')
    await client.close()
  }
})

t.test('a bad token is refused before the upgrade, wherever it stands', async (t) => {
  const { ann } = await world.people()
  const expired = mintToken(SECRET, ann.id, -10)
  const foreign = mintToken('another secret of 32 bytes or more', ann.id)
  for (const token of ['', 'x', 'a.b.c', expired, foreign, `${ann.token}x`, `${ann.token}.`, 'x'.repeat(50_000)]) {
    const ways: SocketOptions[] = [
      { query: `?token=${token}` },
      { query: '', headers: { authorization: `Bearer ${token}` } },
    ]
    if (token !== '') ways.push({ query: '', protocols: ['messenger', `bearer.${token}`] })
    for (const way of ways) t.strictSame(await refusal(url, '', way), unauthorized, JSON.stringify(way).slice(0, 100))
  }
  t.strictSame(await refusal(url, '', { query: '' }), unauthorized)
  t.strictSame(await refusal(url, '', { query: `?token=${ann.token}&token=${ann.token}` }), unauthorized)
})

t.test('a page of another origin is refused; our own, the allowed ones and no page at all are not', async (t) => {
  const { ann } = await world.people()
  const { host } = new URL(url)
  for (const origin of [`http://${host}`, `https://${host}`, 'https://chat.example.org', 'http://localhost:5173']) {
    await (await ann.open(t, { origin })).close()
  }
  const foreign = [
    'https://evil.example',
    'null',
    'http://127.0.0.1',
    `http://${host}.evil.example`,
    'https://chat.example.org.evil.example',
    'http://chat.example.org',
    'file://',
    'x',
  ]
  for (const origin of foreign) {
    t.match(await refusal(url, ann.token, { origin }), { status: 403, body: { error: 'origin not allowed' } }, origin)
  }
})

t.test('a query that the schema does not know is refused before the upgrade', async (t) => {
  const { ann } = await world.people()
  const bad = {
    'seq=1': 'query must NOT have the property "seq"',
    'after=-1': 'after must be >= 0',
    'after=x': 'after must be integer',
    'after=': 'after must be integer',
    'after=1.5': 'after must be integer',
    'after=9007199254740992': 'after must be <= 9007199254740991',
    'after=1&after=2': 'after must be integer',
  }
  for (const [more, error] of Object.entries(bad)) {
    const answer = await refusal(url, '', { query: `?token=${ann.token}&${more}` })
    t.match(answer, { status: 400, type: /json/, body: { error } }, more)
  }
})

t.test('without an upgrade there is nothing to get', async (t) => {
  const { ann } = await world.people()
  const get = async (path: string) => {
    const reply = await fetch(`${url}${path}`)
    return [reply.status, await reply.json()]
  }
  t.same(await get('/ws'), [401, unauthorized.body])
  t.same(await get(`/ws?token=${ann.token}`), [400, { error: 'this route speaks WebSocket only' }])
})

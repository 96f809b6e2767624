import Fastify from 'fastify'
import t from 'tap'
import { AppError } from '../../src/errors.ts'
import { errorsPlugin } from '../../src/http/errors.ts'
import { build } from '../helper.ts'

const json = { 'content-type': 'application/json' }

t.test('whatever is wrong with a body is said in our shape', async (t) => {
  const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
  const login = (payload: string | undefined, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/api/auth/login', headers, ...(payload === undefined ? {} : { payload }) })
  const cases: [payload: string | undefined, status: number, error: string, headers?: Record<string, string>][] = [
    ['{"username":', 400, 'body is not valid JSON'],
    ['', 400, 'body must not be empty'],
    ['null', 400, 'body must be object'],
    ['[]', 400, 'body must be object'],
    ['{}', 400, "body must have required property 'username'"],
    ['{"username":"a"}', 400, "body must have required property 'password'"],
    ['{"username":1,"password":"b"}', 400, 'username must be string'],
    ['{"username":"a","password":"b","x":1}', 400, 'body must NOT have the property "x"'],
    ['{"__proto__":{},"username":"a","password":"b"}', 400, 'body is not valid JSON'],
    [`{"username":"${'a'.repeat(20_000)}","password":"b"}`, 413, 'request body is too large'],
    ['a=b', 415, 'content type must be application/json', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['{}', 415, 'content type must be application/json', { 'content-type': 'text/plain' }],
    ['{}', 415, 'content type must be application/json', { 'content-type': 'x' }],
    [undefined, 400, 'body must be object', {}],
  ]
  for (const [payload, status, error, headers] of cases) {
    const reply = await login(payload, headers)
    t.equal(reply.statusCode, status, `${payload?.slice(0, 50)}: ${reply.body}`)
    t.same(reply.json(), { error })
    t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  }
})

t.test('what is thrown becomes the status of its code, and a fault tells nothing', async (t) => {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => lines.push(line) } } })
  await app.register(errorsPlugin)
  const thrown: Record<string, unknown> = {
    '/conflict': new AppError('message_id_taken'),
    '/limit': new AppError('rate_limited', { retryAfter: 1.2 }),
    '/away': new AppError('database_unavailable'),
    '/teapot': Object.assign(new Error('short and stout'), { statusCode: 418 }),
    '/gone': Object.assign(new Error('/secret/path'), { statusCode: 404 }),
    '/fault': new Error('hush: select password_hash'),
    '/text': 'hush',
    '/nothing': undefined,
  }
  for (const [url, error] of Object.entries(thrown)) {
    app.get(url, async () => {
      throw error
    })
  }
  const get = async (url: string) => {
    const reply = await app.inject(url)
    return [reply.statusCode, reply.json(), reply.headers['retry-after']]
  }
  t.same(await get('/conflict'), [409, { error: 'message id already used with other content' }, undefined])
  t.same(await get('/limit'), [429, { error: 'rate limit exceeded' }, '2'])
  t.same(await get('/away'), [503, { error: 'database unavailable' }, '5'])
  t.same(await get('/teapot'), [400, { error: 'bad request' }, undefined])
  t.same(await get('/gone'), [404, { error: 'route not found' }, undefined])
  t.equal(lines.length, 0)
  for (const url of ['/fault?token=hush', '/text'])
    t.same(await get(url), [500, { error: 'internal server error' }, undefined])
  t.equal(lines.length, 2)
  t.match(lines[0], /"route":"\/fault"/)
  t.notMatch(lines.join(''), /token/)
})

import t from 'tap'
import type { User } from '../../schemas/user.ts'
import { build, register } from '../helper.ts'

const app = await build(t)
const names = ['Ann', 'anna', 'Anton', 'Bob', 'a_b', 'a%b', 'axb', 'Straße 1', 'ΣΊΣΥΦΟΣ', '🐎one', '🐎two', 'zoë']
const people = new Map<string, User>()
let authorization = ''
for (const name of names) {
  const { token, user } = await register(app, name)
  people.set(name, user)
  authorization = `Bearer ${token}`
}
const get = (url: string) => app.inject({ url, headers: { authorization } })
const find = async (text: string, more = '') =>
  (await get(`/api/users?username=${encodeURIComponent(text)}${more}`)).json<User[]>().map(({ username }) => username)

t.test('a user is found by his id, and tells nothing but his name', async (t) => {
  const ann = people.get('Ann')
  t.same((await get(`/api/users/${ann?.id}`)).json(), ann)
  t.same((await get('/api/users/me')).json(), people.get('zoë'))
})

t.test('nobody is 404, and what is no UUID is 400', async (t) => {
  const nobody = await get('/api/users/0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42')
  t.match(nobody, { statusCode: 404, body: '{"error":"user not found"}' })
  for (const id of ['1', 'null', 'me2', `${people.get('Ann')?.id}0`, '%00', 'x'.repeat(1_000)]) {
    const reply = await get(`/api/users/${id}`)
    t.equal(reply.statusCode, 400, id)
    t.match(reply.json(), { error: /^id must be a UUID/ })
  }
})

t.test('people are found by the start of their name, in order, whatever the case', async (t) => {
  t.same(await find('ann'), ['Ann', 'anna'])
  t.same(await find('AN'), ['Ann', 'anna', 'Anton'])
  t.same(await find('ａｎ'), ['Ann', 'anna', 'Anton'])
  t.same(await find('STRASS'), ['Straße 1'])
  t.same(await find('straß'), ['Straße 1'])
  t.same(await find('σίσυφος'), ['ΣΊΣΥΦΟΣ'])
  t.same(await find('🐎'), ['🐎one', '🐎two'])
  t.same(await find('nn'), [])
})

t.test('wildcards are letters like others', async (t) => {
  t.same(await find('a_'), ['a_b'])
  t.same(await find('a%'), ['a%b'])
  t.same(await find('%'), [])
  t.same(await find('_'), [])
  t.same(await find('\\'), [])
  t.same(await find("'"), [])
  t.same(await find('\0'), [])
  t.same(await find('\u{10ffff}'), [])
})

t.test('the limit holds, and bad queries are refused with their place', async (t) => {
  t.same(await find('a', '&limit=2'), ['a%b', 'a_b'])
  const bad = {
    '/api/users': "query must have required property 'username'",
    '/api/users?username=': 'username must NOT have fewer than 1 characters',
    '/api/users?username=a&limit=0': 'limit must be >= 1',
    '/api/users?username=a&limit=101': 'limit must be <= 100',
    '/api/users?username=a&limit=1.5': 'limit must be integer',
    '/api/users?username=a&limit=': 'limit must be integer',
    '/api/users?username=a&offset=1': 'query must NOT have the property "offset"',
    '/api/users?username=a&username=b': 'username must be string',
  }
  for (const [url, error] of Object.entries(bad)) {
    const reply = await get(url)
    t.match(reply, { statusCode: 400 }, url)
    t.same(reply.json(), { error }, url)
  }
})

t.test('strangers learn nothing, whatever they ask', async (t) => {
  for (const url of ['/api/users', '/api/users?username=a', '/api/users/me', '/api/users/x']) {
    t.match(await app.inject(url), { statusCode: 401, body: '{"error":"missing or invalid token"}' })
  }
})

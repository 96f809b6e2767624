import t from 'tap'
import { build } from '../helper.ts'

t.test(
  'the page is served as it lies in web/, asked for again each time, and sent again only when changed',
  async (t) => {
    const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
    const page = await app.inject('/')
    t.equal(page.statusCode, 200)
    t.match(page.headers['content-type'], /^text\/html/)
    t.equal(page.body, (await app.inject('/index.html')).body)
    for (const [url, type] of [
      ['/app.js', /javascript/],
      ['/style.css', /^text\/css/],
    ] as const) {
      const first = await app.inject(url)
      t.match(first, { statusCode: 200, headers: { 'content-type': type, 'cache-control': 'no-cache' } })
      const headers = { 'if-none-match': String(first.headers['etag']) }
      t.match(await app.inject({ url, headers }), { statusCode: 304, body: '' })
      t.match(await app.inject({ method: 'HEAD', url }), { statusCode: 200, body: '' })
    }
  },
)

t.test('nothing outside of web/ is served', async (t) => {
  const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
  for (const url of [
    '/package.json',
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '//etc/passwd',
    '/.env',
  ]) {
    t.ok([400, 404].includes((await app.inject(url)).statusCode), url)
  }
})

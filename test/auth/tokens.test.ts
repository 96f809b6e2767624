import { createHmac } from 'node:crypto'
import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import type { Test } from '../helper.ts'

const secret = 'the secret that signs, of 32 bytes or more'
const previous = 'the secret before it, of 32 bytes or more'
const sub = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'
const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const forge = (claims: unknown, { alg = 'HS256', hash = 'sha256', key = secret, header = {} } = {}) => {
  const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims)}`
  return `${input}.${alg === 'none' ? '' : createHmac(hash, key).update(input).digest('base64url')}`
}

/** The application without a database, and everything that it logs. */
async function start(t: Test, env: Record<string, string> = {}) {
  const lines: string[] = []
  const config = readConfig({ ...{ JWT_SECRET: secret, DB_HOST: '127.0.0.1', DB_PORT: '1' }, ...env })
  const app = await buildApp(config, {
    logger: { level: 'trace', stream: { write: (line: string) => lines.push(line) } },
  })
  t.teardown(() => app.close())
  const me = (authorization?: string) =>
    app.inject({ url: '/api/users/me', headers: authorization === undefined ? {} : { authorization } })
  return { app, lines, me }
}

t.test('whatever is wrong with a token, the answer is the same, and no line of the log has it', async (t) => {
  const { app, lines, me } = await start(t)
  const good = forge({ sub, exp: inAnHour() })
  const [head = '', claims = '', signature = ''] = good.split('.')
  const bad: Record<string, string | undefined> = {
    'no header': undefined,
    'an empty header': '',
    'no token': 'Bearer',
    'only a space': 'Bearer ',
    'another scheme': `Basic ${good}`,
    'no scheme': good,
    'a token too many': `Bearer ${good} ${good}`,
    'a comma': `Bearer ${good},${good}`,
    junk: 'Bearer junk',
    'two parts': `Bearer ${head}.${claims}`,
    'an empty signature': `Bearer ${head}.${claims}.`,
    'a trailing dot': `Bearer ${good}.`,
    'trailing dots': `Bearer ${good}...`,
    'a part too many': `Bearer ${good}.${signature}`,
    padding: `Bearer ${good}=`,
    'a changed signature': `Bearer ${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'other claims': `Bearer ${head}.${encode({ sub, exp: inAnHour() + 1 })}.${signature}`,
    'no algorithm': `Bearer ${forge({ sub, exp: inAnHour() }, { alg: 'none' })}`,
    'no algorithm, with a signature': `Bearer ${forge({ sub, exp: inAnHour() }, { alg: 'none' })}${signature}`,
    HS384: `Bearer ${forge({ sub, exp: inAnHour() }, { alg: 'HS384', hash: 'sha384' })}`,
    HS512: `Bearer ${forge({ sub, exp: inAnHour() }, { alg: 'HS512', hash: 'sha512' })}`,
    'hs256 in small letters': `Bearer ${forge({ sub, exp: inAnHour() }, { alg: 'hs256' })}`,
    'another key': `Bearer ${forge({ sub, exp: inAnHour() }, { key: previous })}`,
    'a critical header': `Bearer ${forge({ sub, exp: inAnHour() }, { header: { crit: ['x'], x: 1 } })}`,
    expired: `Bearer ${forge({ sub, exp: Math.floor(Date.now() / 1_000) - 1 })}`,
    'no exp': `Bearer ${forge({ sub })}`,
    'an exp in words': `Bearer ${forge({ sub, exp: String(inAnHour()) })}`,
    'no exp at all': `Bearer ${forge({ sub, exp: null })}`,
    'not yet valid': `Bearer ${forge({ sub, exp: inAnHour(), nbf: inAnHour() - 60 })}`,
    'no sub': `Bearer ${forge({ exp: inAnHour() })}`,
    'a sub that is no UUID': `Bearer ${forge({ sub: 'ann', exp: inAnHour() })}`,
    'a sub that only starts as a UUID': `Bearer ${forge({ sub: `${sub}x`, exp: inAnHour() })}`,
    'a sub that is a list': `Bearer ${forge({ sub: [sub], exp: inAnHour() })}`,
    'claims that are a list': `Bearer ${forge([sub])}`,
    'claims that are null': `Bearer ${forge(null)}`,
    '100 kB': `Bearer ${forge({ sub, exp: inAnHour(), x: 'x'.repeat(75_000) }, { key: previous })}`,
    '100 kB of dots': `Bearer ${'.'.repeat(100_000)}`,
    '100 kB of nothing': `Bearer ${' '.repeat(100_000)}x`,
  }
  for (const [what, authorization] of Object.entries(bad)) {
    const reply = await me(authorization)
    t.equal(reply.statusCode, 401, what)
    t.equal(reply.body, '{"error":"missing or invalid token"}', what)
    t.equal(reply.headers['www-authenticate'], 'Bearer', what)
    const token = authorization?.replace(/^\w+ +/, '') ?? ''
    await t.rejects(app.verifyToken(token === good ? `${token}.` : token), new AppError('unauthorized'), what)
  }
  t.ok(lines.length > 30, 'every answer has its line')
  t.notMatch(lines.join(''), new RegExp(`${head.slice(0, 12)}|Bearer|${signature.slice(0, 12)}`))
})

t.test('a good token opens the door, however its scheme is written', async (t) => {
  const { app, me } = await start(t)
  const exp = inAnHour()
  const token = forge({ sub: sub.toUpperCase(), exp })
  // The door is open: now it is the database that is missing.
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  '])
    t.equal((await me(`${scheme} ${token}`)).statusCode, 503)
  t.same(await app.verifyToken(token), { id: sub, expiresAt: exp * 1_000 })
  t.same(await app.verifyToken(forge({ sub, exp: 1e300 })), { id: sub, expiresAt: 8.64e15 }, 'for ever is a date, too')
})

t.test('a connection may bring its token again, until that expires, and no other in its place', async (t) => {
  const { app } = await start(t)
  const whoAt = (socket: Socket) => (authorization?: string) => {
    const request = { headers: { authorization }, raw: { socket } } as unknown as FastifyRequest
    let isDone = false
    app.authenticate(request, {} as FastifyReply, () => {
      isDone = true
    })
    t.ok(isDone)
    return request.user.id
  }
  const who = whoAt(new Socket())
  const other = sub.replace('0198', '0199')
  const header = `Bearer ${forge({ sub, exp: inAnHour() })}`
  for (let again = 0; again < 3; again++) {
    t.equal(who(header), sub)
    t.equal(who(`Bearer ${forge({ sub: other, exp: inAnHour() })}`), other)
    t.equal(who(header), sub)
    const [head, claims, signature = ''] = header.split('.')
    const changed = [
      undefined,
      '',
      'Bearer',
      `${header}A`,
      header.slice(0, -1),
      `${header},${header}`,
      `${head}.${encode({ sub: other, exp: inAnHour() })}.${signature}`,
      `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    ]
    for (const authorization of changed) t.throws(() => who(authorization), new AppError('unauthorized'))
  }
  t.equal(whoAt(new Socket())(header), sub, 'another connection')
  t.equal(who(`Bearer ${forge({ sub, exp: inAnHour(), x: 'x'.repeat(2_000) })}`), sub, 'a long one')

  // Made now, and a second from its end at least, however slow the machine is.
  const soon = Math.floor(Date.now() / 1_000) + 2
  const fading = `Bearer ${forge({ sub, exp: soon })}`
  t.equal(who(fading), sub)
  t.equal(who(fading), sub)
  await new Promise((resolve) => setTimeout(resolve, soon * 1_000 - Date.now() + 5))
  t.throws(() => who(fading), new AppError('unauthorized'), 'expired')
})

t.test('our own tokens have sub and exp and nothing else, and live as long as configured', async (t) => {
  const { app } = await start(t, { JWT_DURATION: '90s' })
  const before = Date.now()
  const { token, expiresAt } = app.signToken(sub)
  const [head = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  t.same(JSON.parse(head), { alg: 'HS256', typ: 'JWT' })
  const { exp, ...rest } = JSON.parse(claims)
  t.same(rest, { sub })
  t.equal(new Date(exp * 1_000).toISOString(), expiresAt)
  t.ok(exp * 1_000 >= before + 90_000 && exp * 1_000 < Date.now() + 91_000)
  t.equal((await app.verifyToken(token)).id, sub)
})

t.test('the secret before this one is still believed, and signs nothing', async (t) => {
  const { app } = await start(t, { JWT_SECRET_PREVIOUS: previous })
  const claims = { sub, exp: inAnHour() }
  t.equal((await app.verifyToken(forge(claims, { key: previous }))).id, sub)
  t.equal((await app.verifyToken(forge(claims))).id, sub)
  await t.rejects(app.verifyToken(forge(claims, { key: 'a third' })))
  const { app: older } = await start(t, { JWT_SECRET: previous })
  await t.rejects(older.verifyToken(app.signToken(sub).token))
})

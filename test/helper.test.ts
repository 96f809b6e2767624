import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, listen, register, startPostgres, startServer } from './helper.ts'

t.test('every test has an application and a database of its own', async (t) => {
  const [one, two] = await Promise.all([build(t), build(t)])
  const { token, user } = await register(one, 'ann')
  t.match(await register(two, 'ann'), { user: { username: 'ann' } })
  const reply = await fetch(`${await listen(t, one)}/api/users/${user.id}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  t.same(await reply.json(), user)
})

t.test('a server runs in a process of its own and stops when told to', async (t) => {
  const database = await createDatabase(t)
  const server = await startServer(t, database)
  t.equal((await fetch(`${server.url}/health`)).status, 200)
  t.strictSame([...(await connect(t, database)`select count(*)::int from users`)], [{ count: 0 }])
  t.equal(await server.kill(), 0, server.output())
})

t.test('a private PostgreSQL can be stopped, frozen and killed', async (t) => {
  const server = await startPostgres(t)
  const works = async (limit = 30_000): Promise<boolean> => {
    const sql = connect(t, server.env)
    const answer = sql`select 1`.then(() => true).catch(() => false)
    return Promise.race([answer, sleep(limit, false, { ref: false })])
  }
  t.ok(await works())
  await server.freeze()
  t.notOk(await works(500))
  await server.thaw()
  t.ok(await works())
  await server.stop()
  t.notOk(await works())
  await server.start()
  t.ok(await works())
  await server.kill()
  t.notOk(await works())
  await server.start()
  t.ok(await works())
})

import { createHash, randomBytes, randomInt } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Parameter, timeOf } from '../../src/db/protocol.ts'
import { Session } from '../../src/db/session.ts'
import { connectClient, createDatabase } from '../tools/database.ts'

const open = async (t: Test) => {
  const client = await connectClient(t, await createDatabase(t, { empty: true }))
  client.on('error', () => {})
  const session = new Session(client)
  return { client, session, execute: session.execute.bind(session) }
}

t.test('text and bytes arrive as they were sent, whole or in pieces, of any length', async (t) => {
  const { execute } = await open(t)
  const echo = { name: 'echo', text: 'select $1::text, $2::bytea, $3::bytea, $4::int, null' }
  const characters = ['a', 'é', '漢', '😀', "'", '\\', '\n', '{']
  for (let round = 0; round < 200; round += 1) {
    const text = Array.from({ length: randomInt(50) }, () => characters[randomInt(characters.length)]).join('')
    const bytes = randomBytes(randomInt(300))
    const pieces = Array.from({ length: randomInt(5) }, () => randomBytes(randomInt(3_000)))
    const parameters: Parameter[] = [Buffer.from(text), bytes, pieces, String(round)]
    const joined = Buffer.concat(pieces).toString('hex')
    t.same(await execute(echo, parameters), [[text, `\\x${bytes.toString('hex')}`, `\\x${joined}`, `${round}`, null]])
  }
})

t.test('statements of any size follow each other, whatever memory they were laid out in', async (t) => {
  const { execute } = await open(t)
  const digest = { name: 'digest', text: 'select md5($1::bytea), md5($2::bytea)' }
  const sizes = [10, 70_000, 20, 1_000_000, 900_000, 9_000_000, 0, 65_536]
  const digestOf = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
  const run = async (size: number) => {
    const values = [randomBytes(size), randomBytes(size >> 1)]
    t.same(await execute(digest, values), [values.map(digestOf)], `${size} bytes`)
  }
  for (const size of sizes) await run(size)
  await Promise.all(sizes.map(run))
})

t.test('answers arrive whole in however many reads they come', async (t) => {
  const { execute } = await open(t)
  const answer = { name: 'answer', text: `select repeat($1, $2::int), md5(repeat($1, $2::int))` }
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const run = async (length: number) => {
    const text = '+'.repeat(length)
    t.same(await execute(answer, ['+', String(length)]), [[text, md5(text)]], `${length} bytes`)
  }
  const lengths = [0, 1, 65_400, 65_536, 70_000, 1_000_000, ...Array.from({ length: 20 }, () => randomInt(200_000))]
  for (const length of lengths) await run(length)
  await Promise.all(lengths.map(run))
})

t.test('times are those of UTC to the microsecond, whatever the database writes them like', async (t) => {
  const { session, execute } = await open(t)
  await session.query(`set TimeZone to 'Asia/Kathmandu'; set DateStyle to 'German'`)
  const times = { name: 'times', text: `select t, to_char(t at time zone 'UTC', $2) from unnest($1::timestamptz[]) t` }
  const fractions = ['', '.5', '.000001', '.12', '.999999', '.100000', '.0203', '.654321']
  const written = fractions.map((fraction, index) => `20${index + 10}-12-31 2${index % 4}:00:09${fraction}+05:45`)
  const rows = await execute(times, [`{${written.join(',')}}`, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'])
  t.equal(rows.length, fractions.length)
  for (const [time, expected] of rows) t.equal(timeOf(time as string), expected)
})

t.test('first uses at the same time share one preparation; there may be no row, or several', async (t) => {
  const { execute } = await open(t)
  const series = { name: 'series', text: 'select generate_series(1, $1::int)' }
  const answers = await Promise.all(['0', '1', '3'].map((count) => execute(series, [count])))
  t.same(answers, [[], [['1']], [['1'], ['2'], ['3']]])
})

t.test('what PostgreSQL refuses is told with its code and spoils nothing', async (t) => {
  const { session, execute } = await open(t)
  const divide = { name: 'divide', text: 'select 6 / $1::int' }
  await t.rejects(execute(divide, ['0']), { code: '22012' })
  t.same(await execute(divide, ['2']), [['3']])
  const later = { name: 'later', text: 'select f($1)' }
  await t.rejects(execute(later, ['2']), { code: '42883' })
  await session.query('create function f(n int) returns int language sql as $$ select n * 2 $$')
  t.same(await execute(later, ['2']), [['4']], 'and a preparation that failed is tried again')
})

t.test('a connection that is cut fails what is under way and what comes after', async (t) => {
  const { client, execute } = await open(t)
  const sleep = { name: 'sleep', text: 'select pg_sleep($1)::text' }
  await execute(sleep, ['0'])
  const waiting = execute(sleep, ['30'])
  const other = await connectClient(t, {
    ...{ DB_HOST: client.host, DB_PORT: String(client.port), DB_NAME: client.database ?? '' },
    ...{ DB_USER: client.user ?? '', DB_PASSWORD: String(client.password ?? '') },
  })
  const [state] = await Promise.all([
    t.rejects(waiting, /terminat/),
    other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep($1)%' and pid <> pg_backend_pid()`,
    ),
  ])
  t.ok(state)
  await t.rejects(execute(sleep, ['0']))
})

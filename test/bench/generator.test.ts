import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createGenerator } from '../../bench/generator.ts'
import { build, connect, listen, register, startPostgres } from '../helper.ts'
import { priorities } from '../tools/threads.ts'

t.test('only what is stored counts as acknowledged and delivered, though the database hangs meanwhile', async (t) => {
  const postgres = await startPostgres(t)
  const app = await build(t, postgres.env)
  const url = new URL(await listen(t, app))
  const people = []
  for (const name of ['ann', 'bob', 'cid', 'dan']) {
    const { user, token } = await register(app, name)
    people.push({ id: user.id, token })
  }
  const generator = await createGenerator({ url, size: 64, slots: 16 }, people)
  t.teardown(() => generator.close())

  const run = async () => (await generator.openLoop(100, { warmUp: 0.2, duration: 1.8 })).tally
  const before = await run()
  // Frozen while it is idle: what became of each message is certain.
  await postgres.freeze()
  const meanwhile = await run()
  await postgres.thaw()
  while ((await app.inject('/health')).statusCode !== 200) await sleep(50)
  const after = await run()

  for (const { errors, firstError } of [before, meanwhile, after]) t.equal(errors, 0, firstError)
  t.match(meanwhile, { acked: 0, delivered: 0, passedOn: meanwhile.sent })
  t.ok(meanwhile.sent > 100, `${meanwhile.sent} were passed on`)
  for (const { sent, ...tally } of [before, after]) t.match(tally, { acked: sent, delivered: sent, passedOn: 0 })
  const sql = connect(t, postgres.env)
  t.same([...(await sql`select count(*)::int as stored from messages`)], [{ stored: before.acked + after.acked }])
})

t.test('a load run in which messages were not stored says how many, and ends with 1', async (t) => {
  const postgres = await startPostgres(t)
  const url = await listen(t, await build(t, postgres.env))
  const args = ['--url', url, '--users', '2', '--rate', '50', '--warm-up', '0', '--duration', '4']
  const load = spawn(process.execPath, ['--import', 'tsx', 'bench/load.ts', ...args])
  t.teardown(() => load.kill('SIGKILL'))
  let report = ''
  load.stdout.on('data', (chunk: Buffer) => (report += chunk.toString()))
  const ended = once(load, 'close')
  await new Promise<void>((resolve) => {
    load.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('Connected 2 sockets')) resolve()
    })
  })
  if (process.platform === 'linux') {
    // V8 has four, which shall not take a core from the server.
    const { eventLoop, helpers } = await priorities(load.pid as number)
    t.equal(eventLoop, 0)
    t.ok(helpers.filter((priority) => priority === 19).length >= 4)
  }
  await postgres.freeze()
  const [code] = await ended
  t.equal(code, 1)
  t.match(report, /^passed on, not stored +[1-9]/m)
  t.match(report, /^refused +0$/m)
})

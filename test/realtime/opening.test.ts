import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import t from 'tap'
import { WebSocket } from 'ws'
import { post } from '../guarantees/peer.ts'
import { addUsers } from '../guarantees/users.ts'
import { build, connect, createDatabase, type Environment, listen, type Test } from '../helper.ts'
import { openSocket, refusal, seqs } from './client.ts'

/** What the look-up of a mailbox's end asks for, and what a message is stored by. */
const LOOK_UP = 'b.head::float8'
const STORE = 'store_message'
const BIND = 0x42

/** When something may pass on the way to the database. */
interface Detour {
  isOpen: () => boolean
  isStored: () => Promise<void>
}

/**
 * A way to the database, there while it `isOpen`, on which a mailbox is looked up after `isStored`, and a store's answer
 * comes later still.
 */
const openDetour = async (t: Test, database: Environment, { isOpen, isStored }: Detour): Promise<Environment> => {
  let tellStores = () => {}
  const isLookedUp = new Promise<void>((resolve) => {
    tellStores = resolve
  })
  const pump = async (from: Socket, to: Socket, pass: (chunk: Buffer) => Promise<void>) => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await pass(chunk)
      to.write(chunk)
    }
    to.end()
  }
  const server = createServer((near) => {
    if (!isOpen()) {
      near.destroy()
      return
    }
    const far = dial(Number(database['DB_PORT']), database['DB_HOST'])
    const done = { lookUp: false, store: false }
    const up = pump(near, far, async (chunk) => {
      // The look-up comes as a whole the first time, the store is prepared before.
      const isLookUp = chunk.includes(LOOK_UP)
      if (isLookUp) await isStored()
      done.lookUp ||= isLookUp
      done.store ||= chunk[0] === BIND && chunk.includes(STORE)
    })
    const down = pump(far, near, async () => {
      if (done.store) await isLookedUp
      // The server is to have it before it hears of the store.
      if (done.lookUp) setTimeout(tellStores, 50)
    })
    for (const way of [up, down]) way.catch(() => undefined).finally(() => [near, far].map((end) => end.destroy()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { ...database, DB_HOST: '127.0.0.1', DB_PORT: String((server.address() as AddressInfo).port) }
}

/** Lets nobody look up where a mailbox ends for this long, from when this resolves to when the promise in it does. */
const holdLookUps = async (sql: Sql, milliseconds: number) => {
  let tellHeld = () => {}
  const isHeld = new Promise<void>((resolve) => {
    tellHeld = resolve
  })
  const released = sql.begin(async (transaction) => {
    await transaction`lock table deliveries in access exclusive mode`
    tellHeld()
    await sleep(milliseconds)
  })
  await isHeld
  return { released }
}

t.test('what a user sends elsewhere once his socket is open comes over it, however long it is looked up', async (t) => {
  const database = await createDatabase(t)
  const sql = connect(t, database)
  const [ann, bob] = await addUsers(sql, 2)
  // Without Redis the one does not hear what the other stores: what comes was read from the mailbox.
  const url = await listen(t, await build(t, database))
  const other = await listen(t, await build(t, database))
  const send = async (payload: number[]) =>
    t.match(await post(other, bob.token, { receiver_id: ann.id, payload }), { status: 201 })
  await send([1])
  const { released } = await holdLookUps(sql, 500)
  const socket = await openSocket(url, bob.token)
  await send([2])
  t.same(seqs(await socket.wait(1)), [2], 'and not what he sent before')
  await released
  await socket.close()
})

t.test(
  'who hangs up while his mailbox is looked up leaves nothing behind, and a server that stops lets nobody in',
  async (t) => {
    const database = await createDatabase(t)
    const sql = connect(t, database)
    const [ann, bob] = await addUsers(sql, 2)
    const app = await build(t, database)
    const url = await listen(t, app)
    const first = await holdLookUps(sql, 500)
    for (let count = 0; count < 40; count += 1) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${bob.token}`).on('error', () => undefined)
      setTimeout(() => socket.terminate(), 200)
    }
    await first.released
    const socket = await openSocket(url, bob.token)
    await post(url, ann.token, { receiver_id: bob.id, payload: [1] })
    t.same(seqs(await socket.wait(1)), [1], 'he has more than one place left of his 32')
    await socket.close()

    const { released } = await holdLookUps(sql, 500)
    const refused = refusal(url, bob.token)
    await sleep(100)
    const closed = app.close()
    t.match(await refused, { status: 503, body: { error: 'server is stopping' } })
    await Promise.all([released, closed])
  },
)

t.test(
  'a socket opened without the database gets in order what it sends, also when the look-up shows it',
  async (t) => {
    const database = await createDatabase(t)
    const sql = connect(t, database)
    const [ann, bob] = await addUsers(sql, 2)
    const has = async (count: number) => {
      while ((await sql`select 1 from messages`).length < count) await sleep(10)
    }
    const other = await listen(t, await build(t, database))
    let isBack = false
    const app = await build(t, await openDetour(t, database, { isOpen: () => isBack, isStored: () => has(2) }))
    const socket = await openSocket(await listen(t, app), bob.token)
    isBack = true
    while ((await app.inject('/health')).statusCode !== 200) await sleep(20)
    socket.send({ receiver_id: ann.id, payload: [1] })
    await has(1)
    t.match(await post(other, ann.token, { receiver_id: bob.id, payload: [2] }), { status: 201 })
    t.same(seqs(await socket.wait(2)), [1, 2])
    await socket.close()
  },
)

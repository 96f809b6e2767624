import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { build, createDatabase, listen } from '../helper.ts'
import { createWorld, seen, stored, write } from './world.ts'

// The way to the database, which this test can cut.
const database = await createDatabase(t)
const sockets = new Set<Socket>()
let away = false
const proxy = createServer((near) => {
  if (away) return near.destroy()
  const far = connect(Number(database['DB_PORT']), database['DB_HOST'])
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(one.on('error', () => other.destroy()).on('close', () => other.destroy()))
    one.pipe(other)
  }
  return undefined
}).listen(0, '127.0.0.1')
await once(proxy, 'listening')
t.teardown(() => proxy.close())
const { port } = proxy.address() as AddressInfo

const app = await build(t, { ...database, DB_HOST: '127.0.0.1', DB_PORT: String(port) })
const world = await createWorld(t, await listen(t, app))

t.test('without the database messages pass, are shown as not stored, and are stored when it is back', async (t) => {
  const [ann, bob] = [await world.register('ann'), await world.register('bob')]
  const page = await world.open(ann, { at: '/#/with/bob' })
  const other = await world.open(bob, { at: '/#/with/ann' })
  await write(page, 'stored')
  await stored(page)
  await seen(other, ['< stored'])

  away = true
  for (const socket of sockets) socket.destroy()
  await write(page, 'passed', 'passed too')
  await seen(other, ['< stored', '< passed', '< passed too'])
  await page.getByText('The server can’t store messages right now.').waitFor()
  await page.locator('.row.mine[data-state=transient]').nth(1).waitFor()
  t.equal(await other.locator('.row[data-state=transient]').count(), 2)

  away = false
  await stored(page)
  await page.getByText('The server can’t store messages right now.').waitFor({ state: 'hidden' })
  await other.locator('.row:not([data-state=stored])').first().waitFor({ state: 'detached' })
  await seen(other, ['< stored', '< passed', '< passed too'])
  await page.reload()
  await seen(page, ['> stored', '> passed', '> passed too'])
})

t.test('a page that is opened meanwhile catches up', async () => {
  const [carl, dora] = [await world.register('carl'), await world.register('dora')]
  await world.send(carl, dora, ['before'])
  const page = await world.open(dora)
  await page.getByRole('link', { name: /carl/ }).waitFor()
  away = true
  for (const socket of sockets) socket.destroy()
  await page.reload()
  await page.getByText('The server can’t store messages right now.').waitFor()
  away = false
  await page.getByRole('link', { name: /carl.*before/ }).click()
  await seen(page, ['< before'])
  await world.send(carl, dora, ['after'])
  await seen(page, ['< before', '< after'])
})

t.test('the console had nothing to say but that the server was away', async (t) => {
  t.same(world.complaints, [])
})

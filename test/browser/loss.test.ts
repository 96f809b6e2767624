import t from 'tap'
import { createDatabase, startServer } from '../helper.ts'
import { createWorld, read, seen, stored, write } from './world.ts'

const database = await createDatabase(t)
let server = await startServer(t, database)
const world = await createWorld(t, server.url)

const restart = async (): Promise<void> => {
  server = await startServer(t, { ...database, HTTP_ADDR: new URL(world.url).host })
}

/** The history as the server has it, oldest first. */
const history = async (token: string, peer: string): Promise<string[]> => {
  const reply = await fetch(`${world.url}/api/messages/${peer}`, { headers: { authorization: `Bearer ${token}` } })
  const messages = (await reply.json()) as { payload: number[] }[]
  return messages.map(({ payload }) => Buffer.from(payload).toString()).reverse()
}

t.test(
  'offline: what is written survives a reload and goes out once, in order, when the connection is back',
  async (t) => {
    const [ann, bob] = [await world.register('ann'), await world.register('bob')]
    const page = await world.open(ann, { at: '/#/with/bob' })
    const other = await world.open(bob, { at: '/#/with/ann' })
    await write(page, 'before')
    await stored(page)
    await page.context().setOffline(true)
    await write(page, 'one', 'two', 'three')
    await page.getByText('You are offline.').waitFor()
    t.equal(await page.locator('[data-state=sending]').count(), 3)
    await world.send(bob, ann, ['meanwhile'])
    await page.context().setOffline(false)
    await page.reload()
    await stored(page)
    await seen(other, ['< before', '> meanwhile', '< one', '< two', '< three'])
    await seen(page, ['> before', '< meanwhile', '> one', '> two', '> three'])
    t.same(await history(ann.token, bob.user.id), ['before', 'meanwhile', 'one', 'two', 'three'])
  },
)

t.test('the server is killed while somebody types: five messages arrive once, in order', async (t) => {
  const [carl, dora] = [await world.register('carl'), await world.register('dora')]
  const page = await world.open(carl, { at: '/#/with/dora' })
  const other = await world.open(dora, { at: '/#/with/carl' })
  await write(page, 'before')
  await stored(page)
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.pressSequentially('half a th')
  await server.kill('SIGKILL')
  await field.pressSequentially('ought')
  await field.press('Enter')
  await write(page, 'two', 'three')
  await page.getByText('Reconnecting…').waitFor()
  t.equal(await page.locator('[data-state=sending]').count(), 3)

  await restart()
  // The reload comes in between: some may be sent, some not.
  await page.reload()
  await page.getByRole('heading', { name: 'dora' }).waitFor()
  await write(page, 'four', 'five')
  const all = ['before', 'half a thought', 'two', 'three', 'four', 'five']
  await seen(
    page,
    all.map((text) => `> ${text}`),
  )
  await stored(page)
  await seen(
    other,
    all.map((text) => `< ${text}`),
  )
  t.same(await history(carl.token, dora.user.id), all)
})

t.test('a draft survives a reload, and a refused message can be tried again or dropped', async (t) => {
  const [gil, hal] = [await world.register('gil'), await world.register('hal')]
  const page = await world.open(gil, { at: '/#/with/hal' })
  await page.getByRole('textbox', { name: 'Message' }).fill('unfinished')
  await page.reload()
  await page.getByRole('heading', { name: 'hal' }).waitFor()
  t.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), 'unfinished')
  // An id that somebody else has used already is refused.
  await page.evaluate(() => {
    crypto.getRandomValues = (array) => {
      if (array instanceof Uint8Array) array.fill(7)
      return array
    }
  })
  const id = '07070707-0707-4707-b707-070707070707'
  await fetch(`${world.url}/api/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hal.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ receiver_id: hal.user.id, payload: [1], id }),
  })
  await write(page, 'refused')
  await page.getByText('Not sent: message id already used').waitFor()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Not sent: message id already used').waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await seen(page, [])
  await page.reload()
  await page.getByText('No messages yet.').waitFor()
  t.same(await read(page), [])
})

t.test('a session that ends asks for the password and goes on', async (t) => {
  const [ida, joe] = [await world.register('ida'), await world.register('joe')]
  const page = await world.open(ida, { at: '/#/with/joe' })
  await write(page, 'before')
  await stored(page)
  await page.evaluate(() => localStorage.setItem('token', 'no.longer.good'))
  await page.context().setOffline(true)
  await write(page, 'meanwhile')
  await page.context().setOffline(false)
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await dialog.getByLabel('Password', { exact: true }).fill('correct horse')
  await dialog.getByRole('button', { name: 'Stay logged in' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await stored(page)
  t.same(await history(joe.token, ida.user.id), ['before', 'meanwhile'])
})

t.test('three tabs of one user and two of the other stay in step', async (t) => {
  const [eva, fay] = [await world.register('eva'), await world.register('fay')]
  const first = await world.open(eva, { at: '/#/with/fay' })
  const tabs = [first]
  for (const _ of [1, 2]) {
    const tab = await first.context().newPage()
    await tab.goto(`${world.url}/#/with/fay`)
    tabs.push(tab)
  }
  const others = [await world.open(fay, { at: '/#/with/eva' }), await world.open(fay)]
  await others[1]?.getByText('No conversations yet').waitFor()
  for (const [index, tab] of tabs.entries()) {
    await write(tab, `from tab ${index + 1}`)
    await stored(tab)
  }
  const texts = ['from tab 1', 'from tab 2', 'from tab 3']
  for (const tab of tabs)
    await seen(
      tab,
      texts.map((text) => `> ${text}`),
    )
  for (const other of others.slice(0, 1))
    await seen(
      other,
      texts.map((text) => `< ${text}`),
    )
  await others[1]?.getByRole('link', { name: /eva.*from tab 3/ }).waitFor()

  // All three write without a connection; the order of writing is the order of sending.
  await first.context().setOffline(true)
  for (const tab of tabs) await write(tab, `offline ${tabs.indexOf(tab) + 1}`)
  await first.context().setOffline(false)
  const all = [...texts, 'offline 1', 'offline 2', 'offline 3']
  for (const tab of tabs)
    await seen(
      tab,
      all.map((text) => `> ${text}`),
    )
  // On screen they may still be on their way.
  for (const tab of tabs) await stored(tab)
  t.same(await history(eva.token, fay.user.id), all)

  await first.getByRole('button', { name: 'Log out' }).click()
  for (const tab of tabs) await tab.getByRole('heading', { name: 'Welcome back' }).waitFor()
})

t.test('the console had nothing to say but that the server was away', async (t) => {
  t.same(world.complaints, [])
})

import { readFile } from 'node:fs/promises'
import t from 'tap'
import { build, listen } from '../helper.ts'
import { createWorld, read, seen, write } from './world.ts'

const world = await createWorld(t, await listen(t, await build(t)))

t.test('two people register, find each other and talk', async (t) => {
  const ann = await world.open()
  await ann.getByRole('button', { name: 'New here? Create an account' }).click()
  await ann.getByLabel('Name').fill('Ann')
  await ann.getByLabel('Password', { exact: true }).fill('short')
  await ann.getByRole('button', { name: 'Register' }).click()
  t.equal(await ann.locator('#password-fault').textContent(), 'This password has fewer than 8 characters.')
  await ann.getByLabel('Password', { exact: true }).fill('correct horse')
  await ann.getByRole('button', { name: 'Register' }).click()
  await ann.getByText('No conversations yet').waitFor()

  const bob = await world.open()
  await world.register('bob')
  await bob.getByLabel('Name').fill('bob')
  await bob.getByLabel('Password', { exact: true }).fill('wrong horse')
  await bob.getByRole('button', { name: 'Log in' }).click()
  await bob.getByText('The name or the password is not right.').waitFor()
  await bob.getByLabel('Password', { exact: true }).fill('correct horse')
  await bob.getByRole('button', { name: 'Log in' }).click()
  await bob.getByText('No conversations yet').waitFor()

  await ann.getByRole('searchbox').fill('BO')
  await ann.getByRole('link', { name: 'bob' }).click()
  await write(ann, 'Hi Bob', 'two\nlines', 'see https://example.org/a?b=c.')
  await bob.getByRole('link', { name: /Ann.*3 unread messages/ }).waitFor()
  t.equal(await bob.title(), '(3) Messenger')
  const told = bob.waitForResponse((reply) => reply.request().method() === 'PUT' && reply.url().endsWith('/read'))
  await bob.getByRole('link', { name: /Ann/ }).click()
  await seen(bob, ['< Hi Bob', '< two\nlines', '< see https://example.org/a?b=c.'])
  t.equal(await bob.locator('.bubble a').getAttribute('href'), 'https://example.org/a?b=c')
  await write(bob, 'Hello Ann')
  await seen(ann, ['> Hi Bob', '> two\nlines', '> see https://example.org/a?b=c.', '< Hello Ann'])
  await bob.waitForFunction(() => document.title === 'Ann · Messenger')

  // The address leads here, and the browser's own back button away.
  t.match(bob.url(), /#\/with\/Ann$/)
  await bob.goBack()
  await bob.getByText('Choose a conversation').waitFor()
  await told
  await bob.reload()
  t.equal(await bob.locator('.count:not(:empty)').count(), 0, 'what was read stays read')

  await bob.getByRole('button', { name: 'Log out' }).click()
  await bob.getByRole('heading', { name: 'Welcome back' }).waitFor()
  t.same(await bob.evaluate(() => Object.keys(localStorage)), [])
})

t.test('a picture, a large picture, a file and a foreign payload are shown', async (t) => {
  const [cat, dog] = [await world.register('cat'), await world.register('dog')]
  const page = await world.open(cat, { at: `/#/with/${dog.user.id}` })
  const other = await world.open(dog, { at: '/#/with/cat' })
  const draw = (size: number): Promise<string> =>
    page.evaluate((side) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side })
      const context = canvas.getContext('2d')
      const noise = new ImageData(side, side)
      noise.data.forEach((_, index) => {
        noise.data[index] = index % 4 === 3 ? 255 : 128 + Math.random() * 24
      })
      context?.putImageData(noise, 0, 0)
      return canvas.toDataURL('image/png').slice('data:image/png;base64,'.length)
    }, size)
  const files = [32, 700].map(async (size) => ({
    name: `noise ${size}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(await draw(size), 'base64'),
  }))
  await page.locator('#attach').setInputFiles(await Promise.all(files))
  await page
    .locator('#attach')
    .setInputFiles({ name: 'a.html', mimeType: 'text/html', buffer: Buffer.from('<script>') })
  await page.locator('#attach').setInputFiles({ name: 'b.zip', mimeType: 'a/zip', buffer: Buffer.alloc(70_000) })
  await page.getByRole('alert').filter({ hasText: 'larger than a message can carry (64 KiB)' }).waitFor()

  await other.locator('.row').nth(2).waitFor()
  await other.waitForFunction(() => [...document.images].every(({ complete }) => complete))
  const shown = await other
    .locator('img')
    .evaluateAll((images) =>
      images.map((image) => [(image as HTMLImageElement).alt, (image as HTMLImageElement).naturalWidth]),
    )
  t.match(shown, [
    ['Picture: noise 32.png', 32],
    [/^Picture: noise 700/, Number],
  ])
  const link = other.getByRole('link', { name: 'Save a.html' })
  t.equal(await link.getAttribute('download'), 'a.html')
  const [download] = await Promise.all([other.waitForEvent('download'), link.click()])
  t.equal(await readFile(await download.path(), 'utf8'), '<script>')

  await fetch(`${world.url}/api/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cat.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ receiver_id: dog.user.id, payload: [1, 2, 254] }),
  })
  await other.getByRole('link', { name: 'Save Unnamed file' }).waitFor()
})

t.test('names and messages are text, whatever they say', async (t) => {
  const hostile = '<img src=x onerror=alert(1)>'
  const [eve, mal] = [await world.register(hostile), await world.register('"><script>alert(2)</script>')]
  const page = await world.open(mal)
  page.on('dialog', () => t.fail('a script ran'))
  await world.send(eve, mal, [hostile, 'javascript:alert(3)', '<b>bold</b>'])
  await page.getByRole('link', { name: hostile }).click()
  await seen(page, [`< ${hostile}`, '< javascript:alert(3)', '< <b>bold</b>'])
  await page.getByRole('searchbox').fill(hostile)
  await page.getByRole('region', { name: 'People' }).getByRole('link', { name: hostile }).waitFor()
  t.equal(await page.locator('#page script, img, b, .bubble a').count(), 0)
  t.same(await read(page), [`< ${hostile}`, '< javascript:alert(3)', '< <b>bold</b>'])
})

t.test('nobody, oneself and a name like an id', async (t) => {
  const me = await world.register('Me')
  const page = await world.open(me, { at: '/#/with/nobody%20at%20all' })
  await page.getByText('There is nobody called “nobody at all”.').waitFor()
  await page.goto(`${world.url}/#/with/me`)
  await page.getByRole('heading', { name: 'Note to self' }).waitFor()
  await write(page, 'remember')
  await seen(page, ['> remember'])
  t.equal(await page.title(), 'Me · Messenger')
})

t.test('Russian', async (t) => {
  const page = await world.open(await world.register('Аня'), { locale: 'ru-RU' })
  await page.getByText('Разговоров пока нет').waitFor()
  t.equal(await page.evaluate(() => document.documentElement.lang), 'ru')
})

t.test('the console stayed empty', async (t) => {
  t.same(world.complaints, [])
})

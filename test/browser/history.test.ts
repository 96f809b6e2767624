import type { Page } from 'playwright-core'
import t from 'tap'
import { build, listen } from '../helper.ts'
import { createWorld, read, seen, write } from './world.ts'

const LENGTH = 10_000

const world = await createWorld(t, await listen(t, await build(t)))

/** Goes from the oldest message towards the newest at the speed of a quick hand: how long pictures take. */
const scroll = async (page: Page) => {
  const times = await page.evaluate(async () => {
    const scroller = document.querySelector('.scroll') as HTMLElement
    const oldest = scroller.clientHeight - scroller.scrollHeight
    const taken: number[] = []
    let last = await new Promise<number>(requestAnimationFrame)
    for (let top = oldest; taken.length < 150; top = top < 0 ? top + 400 : oldest) {
      scroller.scrollTop = top
      const now = await new Promise<number>(requestAnimationFrame)
      taken.push(now - last)
      last = now
    }
    return taken.sort((a, b) => a - b)
  })
  const [p50 = 0, p95 = 0] = [0.5, 0.95].map((share) => Math.round(times[Math.floor(times.length * share)] ?? 0))
  return { p50, p95 }
}

t.test('older messages come on scrolling up, and nothing jumps', async (t) => {
  const [ann, bob] = [await world.register('ann'), await world.register('bob')]
  const texts = Array.from({ length: 130 }, (_, index) => `message ${index}${' with more words'.repeat(index % 9)}`)
  await world.send(ann, bob, texts, 'ff')
  const page = await world.open(bob)
  // Older messages are held back until those on screen stand still.
  let letPass = () => {}
  const passes = new Promise<void>((resolve) => {
    letPass = resolve
  })
  let isAsked = false
  await page.route(/[?&]before=/, async (route) => {
    isAsked = true
    await passes
    await route.continue()
  })
  await page.getByRole('link', { name: /ann/ }).click()
  await page.locator('.row', { hasText: 'message 129' }).waitFor()
  const scroller = page.locator('.scroll')
  const toOldest = async () => {
    await scroller.evaluate((element) => element.scrollTo(0, -element.scrollHeight))
    await page.waitForTimeout(30)
  }
  /** Where one message stands when nothing moves: what comes near the screen is laid out with the next pictures. */
  const place = () =>
    page.evaluate(async () => {
      for (let last = Number.NaN; ; ) {
        const row = [...document.querySelectorAll('.row')].find(({ textContent }) =>
          textContent?.includes('message 85'),
        )
        const now = row?.getBoundingClientRect().top ?? Number.NaN
        if (now === last) return now
        last = now
        for (let picture = 0; picture < 3; picture++) await new Promise(requestAnimationFrame)
      }
    })
  do await toOldest()
  while (!isAsked)
  const before = await place()
  t.equal(await page.getByText('message 79').count(), 0)
  letPass()
  await page.getByText('message 40', { exact: false }).first().waitFor({ state: 'attached' })
  t.ok(Math.abs((await place()) - before) < 2, 'older messages move nothing')
  await page.getByRole('button', { name: 'Go to the newest messages' }).waitFor()
  await world.send(ann, bob, ['news'], 'ff')
  await world.send(ann, bob, ['new'], '00')
  await page.getByText('new', { exact: true }).last().waitFor({ state: 'attached' })
  t.ok(Math.abs((await place()) - before) < 2, 'newer messages move nothing for who reads further up')

  while ((await page.getByText('message 0', { exact: true }).count()) === 0) await toOldest()
  await seen(
    page,
    [...texts, 'news', 'new'].map((text) => `< ${text}`),
  )
  await page.getByRole('button', { name: 'Go to the newest messages' }).click()
  t.equal(await scroller.evaluate((element) => element.scrollTop), 0)
  await write(page, 'answer')
  await page.getByText('answer').last().waitFor()
  t.equal((await read(page)).at(-1), '> answer')
})

t.test(`a conversation of ${LENGTH} messages scrolls smoothly`, async (t) => {
  const [ann, bob] = [await world.register('Ann the long'), await world.register('Bob the long')]
  const texts = Array.from({ length: LENGTH }, (_, index) => `message ${index}${' with more words'.repeat(index % 12)}`)
  await world.send(ann, bob, texts)
  const started = Date.now()
  const page = await world.open(bob, { at: `/#/with/${encodeURIComponent('Ann the long')}` })
  await page.locator('.row', { hasText: `message ${LENGTH - 1}` }).waitFor()
  t.comment(`opened in ${Date.now() - started} ms`)

  const loading = Date.now()
  const count = await page.evaluate(async (length) => {
    const scroller = document.querySelector('.scroll') as HTMLElement
    const rows = document.getElementsByClassName('row')
    for (const deadline = Date.now() + 60_000; rows.length < length && Date.now() < deadline; ) {
      scroller.scrollTop = -scroller.scrollHeight
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return rows.length
  }, LENGTH)
  t.equal(count, LENGTH)
  t.comment(`all of it read in ${Date.now() - loading} ms`)

  const long = await scroll(page)
  // The same machine at the same time, with little to show.
  const cid = await world.register('Cid the short')
  await world.send(cid, bob, texts.slice(0, 40))
  const other = await world.open(bob, { at: `/#/with/${encodeURIComponent('Cid the short')}` })
  await other.locator('.row').nth(39).waitFor({ state: 'attached' })
  const short = await scroll(other)
  await other.context().close()
  t.comment(`pictures while scrolling: ${JSON.stringify({ long, short })}`)
  t.ok(long.p50 <= Math.max(34, 2 * short.p50), 'most pictures come in time')
  t.ok(long.p95 <= Math.max(150, 2 * short.p95), 'few come late')

  const sent = Date.now()
  await write(page, 'the newest')
  await page.getByText('the newest').last().waitFor()
  t.comment(`a message sent at the end of it shows after ${Date.now() - sent} ms`)
})

t.test('the console stayed empty', async (t) => {
  t.same(world.complaints, [])
})

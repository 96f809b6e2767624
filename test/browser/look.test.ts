import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { build, listen } from '../helper.ts'
import { createWorld, stored, write } from './world.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const folder = fileURLToPath(new URL('screenshots/', import.meta.url))
await mkdir(folder, { recursive: true })

const app = await build(t)
const world = await createWorld(t, await listen(t, app))

/** What axe finds; by way of the debugger, which the page's own policy does not bind. */
const violations = async (page: Page): Promise<string[]> => {
  await page.addScriptTag({ path: axe }).catch(() => undefined)
  const source = await page.evaluate(() => 'axe' in globalThis)
  if (!source) throw new Error('axe is not there')
  const { violations: found } = await page.evaluate(
    (): Promise<AxeResults> => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  )
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** Whether anything reaches out of the window to the side. */
const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

/** A picture for the README, taken where it is missing or wanted anew. */
const picture = async (page: Page, name: string): Promise<void> => {
  const path = `${folder}${name}.png`
  if (process.env['UPDATE_SCREENSHOTS'] === '1' || !existsSync(path)) await page.screenshot({ path })
}

const [anna, ben, clara, david] = await Promise.all(['Anna', 'Ben Okafor', 'Clara Núñez', 'David'].map(world.register))
if (!anna || !ben || !clara || !david) throw new Error('nobody came')
const at = `/#/with/${encodeURIComponent(ben.user.username)}`
await world.send(david, anna, ['Could you look over the draft before Monday?', 'No hurry at all.'])
await world.send(clara, anna, ['The tickets are booked'])
await world.send(anna, clara, ['Wonderful, thank you!'])
await world.send(anna, ben, ['Hi Ben! Are you coming to the lake on Saturday?', 'The forecast is finally good.'])
await world.send(ben, anna, ['Yes, count me in.', 'I can take the 9:40 if someone saves me a seat.'])
await world.send(anna, ben, ['Platform 4, first carriage: https://example.org/trains/9-40?from=city&to=lake'])
await world.send(ben, anna, [
  'Perfect. I bring the coffee, you bring the map, and nobody mentions what happened last year.',
])

const sizes = {
  phone: { width: 320, height: 640 },
  tablet: { width: 768, height: 1024 },
  wide: { width: 1440, height: 900 },
}

t.test(
  'axe finds nothing and nothing overflows on any view, at 320, 768 and 1440 pixels, in light and dark',
  async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      // Structure follows the width and contrast the scheme: half of the six have every rule.
      const strict = colorScheme === 'light' ? ['phone', 'wide'] : ['phone']
      const options = { colorScheme, bypassCSP: true }
      const door = await world.open(undefined, options)
      const inside = await world.open(anna, { ...options, at })
      await inside.getByText('Perfect. I bring').last().waitFor()
      await inside.getByRole('link', { name: /Clara/ }).waitFor()

      for (const [name, size] of Object.entries(sizes)) {
        const check = async (page: Page, view: string): Promise<void> => {
          if (strict.includes(name)) t.same(await violations(page), [], `${view}, ${name}, ${colorScheme}`)
          t.notOk(await overflows(page), `${view} fits into ${name}`)
        }
        await door.setViewportSize(size)
        await check(door, 'log in')
        await door.getByRole('button', { name: 'New here? Create an account' }).click()
        await door.getByRole('button', { name: 'Register' }).click()
        await check(door, 'register, with faults')
        await door.getByRole('button', { name: 'You have an account? Log in' }).click()

        await inside.setViewportSize(size)
        await inside.goto(world.url + at)
        await inside.getByText('Perfect. I bring').last().waitFor()
        await check(inside, 'conversation')
        if (name !== 'tablet') await picture(inside, `conversation-${name}-${colorScheme}`)
        await inside.goto(`${world.url}/#/`)
        await inside.getByRole('link', { name: /Clara/ }).waitFor()
        await check(inside, 'list')
        if (name === 'phone') await picture(inside, `list-${name}-${colorScheme}`)
        await inside.getByRole('searchbox').fill('d')
        await inside.getByRole('link', { name: 'David', exact: true }).waitFor()
        await check(inside, 'search')
        await inside.getByRole('searchbox').press('Escape')
        await inside.goto(`${world.url}/#/with/nobody%20here`)
        await inside.getByText('There is nobody called').waitFor()
        await check(inside, 'nobody')
      }

      await inside.goto(`${world.url}/#/with/${clara.user.id}`)
      await inside.getByText('Wonderful').last().waitFor()
      await inside.context().setOffline(true)
      await write(inside, 'waits')
      await inside.getByText('You are offline.').waitFor()
      t.same(await violations(inside), [], `offline, ${colorScheme}`)
      await inside.context().setOffline(false)
      await stored(inside)
      await inside.evaluate(() => localStorage.setItem('token', 'a.e30.c'))
      await inside.context().setOffline(true)
      await inside.context().setOffline(false)
      await inside.getByRole('dialog').waitFor()
      t.same(await violations(inside), [], `the session has ended, ${colorScheme}`)
    }
  },
)

t.test('a person with nothing but a keyboard registers, finds someone, talks, scrolls and logs out', async (t) => {
  const page = await world.open()
  const { keyboard } = page
  /** Goes on with the tabulator until something has the focus, which must be seen. */
  const tabTo = async (name: string | RegExp): Promise<void> => {
    for (let step = 0; step < 40; step++) {
      const focused = page.locator(':focus')
      const label = await focused.evaluateAll((elements) =>
        elements.map((element) => {
          const { labels, placeholder } = element as HTMLInputElement
          return element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? (element.textContent || placeholder)
        }),
      )
      if (label.some((text) => (typeof name === 'string' ? text === name : name.test(text)))) {
        const ring = await focused.evaluate((element) => getComputedStyle(element).outlineStyle)
        t.not(ring, 'none', `the focus is seen on ${name}`)
        return
      }
      await keyboard.press('Tab')
    }
    throw new Error(`the tabulator does not lead to ${name}`)
  }

  await tabTo('New here? Create an account')
  await keyboard.press('Enter')
  await tabTo('Name')
  await keyboard.type('Keys only')
  await keyboard.press('Tab')
  await keyboard.type('correct horse')
  await keyboard.press('Enter')
  await page.getByText('No conversations yet').waitFor()
  await tabTo('Search people')
  await keyboard.type('anna')
  await page.getByRole('region', { name: 'People' }).getByRole('link', { name: 'Anna' }).waitFor()
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Anna' }).waitFor()
  await page.getByText('No messages yet.').waitFor()
  await tabTo('Message')
  for (let line = 0; line < 12; line++) {
    await keyboard.type(`line ${line}`)
    await keyboard.press('Shift+Enter')
    await keyboard.type('and one below')
    await keyboard.press('Enter')
  }
  await stored(page)
  t.equal(await page.locator('.row').count(), 12)
  t.match(await page.locator('.row p').last().textContent(), 'line 11\nand one below')
  await tabTo('Messages with Anna')
  await keyboard.press('Home')
  await page.waitForFunction(() => (document.querySelector('.scroll')?.scrollTop ?? 0) < -100)
  await keyboard.press('End')
  await page.waitForFunction(() => document.querySelector('.scroll')?.scrollTop === 0)
  await tabTo('Log out')
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
})

t.test('who listens hears of new messages', async (t) => {
  const page = await world.open(david)
  await page.getByRole('link', { name: /Anna/ }).waitFor()
  await world.send(anna, david, ['Monday is fine'])
  await page.getByRole('status').filter({ hasText: 'Anna writes: Monday is fine' }).waitFor({ state: 'attached' })
  t.pass()
})

t.test('the console stayed empty', async (t) => {
  t.same(world.complaints, [])
})

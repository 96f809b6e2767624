import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Test as TapTest } from 'tap'
import WebSocket from 'ws'
import type { Registered } from '../../schemas/auth.ts'
import { launch } from './browser.ts'

/** A server to look at, and how its users get on it. */
export interface World {
  readonly url: string
  /** A new account. */
  register(username: string): Promise<Registered>
  /** A window of a browser of its own; logged in, if there is an account. */
  open(account?: Registered, options?: BrowserContextOptions & { at?: string }): Promise<Page>
  /**
   * Sends texts over a socket, in order; resolves when the last one is stored. The page's layout goes by the ends of
   * ids: `00` begins a stretch, `ff` goes on with one.
   */
  send(from: Registered, to: Registered, texts: readonly string[], endOfIds?: '00' | 'ff'): Promise<void>
  /** What the console of any page complained about, the loss of the server aside. */
  readonly complaints: string[]
}

/** Losing the server is loud in every browser's console, and what some tests are about. */
const expected = /net::ERR_|WebSocket connection to|Failed to load resource/

/** The world of one test around a server that runs. */
export const createWorld = async (t: Pick<TapTest, 'teardown'>, url: string): Promise<World> => {
  const browser: Browser = await launch()
  t.teardown(() => browser.close())
  const complaints: string[] = []

  return {
    url,
    complaints,

    async register(username) {
      const reply = await fetch(`${url}/api/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: 'correct horse' }),
      })
      if (reply.status !== 201) throw new Error(`can't register ${username}: ${await reply.text()}`)
      return (await reply.json()) as Registered
    },

    async open(account, { at = '/', ...options } = {}) {
      const values = account ? { token: account.token, userId: account.user.id } : {}
      const localStorage = Object.entries(values).map(([name, value]) => ({ name, value }))
      const context = await browser.newContext({
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
        storageState: { cookies: [], origins: [{ origin: url, localStorage }] },
        ...options,
      })
      context.setDefaultTimeout(60_000)
      // What compiles the tests names functions with it, also in what a test has a page do.
      await context.addInitScript('globalThis.__name = (value) => value')
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (/^(error|warning)$/.test(message.type()) && !expected.test(message.text())) complaints.push(message.text())
      })
      await page.goto(url + at)
      return page
    },

    send: (from, to, texts, endOfIds) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
          headers: { authorization: `Bearer ${from.token}` },
        })
        let left = texts.length
        socket.on('open', () => {
          for (const text of texts) {
            const id = endOfIds && `${randomUUID().slice(0, -2)}${endOfIds}`
            socket.send(JSON.stringify({ receiver_id: to.user.id, payload: [...Buffer.from(text)], id }))
          }
        })
        socket.on('message', (data) => {
          const frame = JSON.parse(String(data)) as { error?: string; sender_id?: string }
          if (frame.error !== undefined) reject(new Error(frame.error))
          if (frame.sender_id === from.user.id) left -= 1
          if (left === 0) {
            socket.close()
            resolve()
          }
        })
        socket.on('error', reject)
      }),
  }
}

/** Writes and sends texts. */
export const write = async (page: Page, ...texts: string[]): Promise<void> => {
  const field = page.getByRole('textbox', { name: 'Message' })
  for (const text of texts) {
    await field.fill(text)
    await field.press('Enter')
  }
}

/** The texts on screen, oldest first, each with who sent it. */
export const read = (page: Page): Promise<string[]> =>
  page
    .locator('.row')
    .evaluateAll((rows) =>
      rows.map((row) => `${row.classList.contains('mine') ? '> ' : '< '}${row.querySelector('p')?.textContent ?? ''}`),
    )

/** Waits until the texts on screen are these. */
export const seen = async (page: Page, texts: readonly string[]): Promise<void> => {
  const wanted = JSON.stringify(texts)
  for (const deadline = Date.now() + 60_000; ; await page.waitForTimeout(50)) {
    const shown = JSON.stringify(await read(page))
    if (shown === wanted) return
    if (Date.now() > deadline) throw new Error(`not ${wanted} but ${shown}`)
  }
}

/** Waits until everything on screen is stored. */
export const stored = (page: Page): Promise<void> =>
  page.locator('.row.mine:not([data-state=stored])').first().waitFor({ state: 'detached', timeout: 60_000 })

import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'

const folder = new URL('../../web/', import.meta.url)
const files = await readdir(folder)
const text = (name: string) => readFile(new URL(name, folder), 'utf8')
const modules = files.filter((name) => name.endsWith('.js'))
const page = await text('index.html')

t.test('every module is loaded at once', async (t) => {
  const preloaded = [...page.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, name]) => name)
  t.same(preloaded, modules.filter((name) => name !== 'app.js').sort())
})

t.test('there is less than 60 kB of script, its comments included', async (t) => {
  const sizes = await Promise.all(modules.map(async (name) => Buffer.byteLength(await text(name))))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  t.comment(`${total} bytes in ${modules.length} modules`)
  t.ok(total < 60_000, `${total} bytes`)
})

t.test('every word is there in both languages, and is used', async (t) => {
  const { en, ru } = JSON.parse(await text('text.json')) as Record<string, Record<string, unknown>>
  t.same(Object.keys(en ?? {}), Object.keys(ru ?? {}))
  const source = page + (await Promise.all(modules.map(text))).join('\n')
  for (const key of Object.keys(en ?? {})) t.match(source, new RegExp(`['" ]${key}['"@]|\\b${key}\\b`), key)
  const named = [...page.matchAll(/data-t="([^"]+)"/g)].flatMap(([, keys]) => keys?.split(' ') ?? [])
  for (const key of named) t.ok(en?.[key.replace(/@.*/, '')] !== undefined, key)
})

t.test('nothing parses markup or runs text', async (t) => {
  for (const name of modules) {
    t.notMatch(
      await text(name),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc/,
      name,
    )
  }
  t.notMatch(page, /<script(?![^>]*src=)|\son\w+=|\sstyle=/)
})

import t from 'tap'
import { startServer } from '../helper.ts'
import { blocks, read, rows, section } from './documents.ts'

const readme = await read('README.md')

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What a shell makes of a line: words, unquoted, with variables put in outside of single quotes. */
const words = (line: string, variables: Readonly<Record<string, string>>): string[] =>
  [...line.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|([^'"]+)/g, (_, single?: string, double?: string, plain?: string) =>
      single !== undefined
        ? single
        : (double?.replace(/\\(.)/g, '$1') ?? plain ?? '').replace(/\$(\w+)/g, (_, name) => variables[name] ?? ''),
    ),
  )

/** Does what curl would do with these words, of which it knows -s, -X, -H and -d. */
const curl = async (base: string, [program, ...args]: string[]): Promise<{ status: number; body: Json }> => {
  if (program !== 'curl') throw new Error(`${program} is not curl`)
  const headers = new Headers()
  let method: string | undefined
  let body: string | null = null
  let url = ''
  while (args.length > 0) {
    const arg = args.shift() ?? ''
    if (arg === '-X') method = args.shift()
    else if (arg === '-H') headers.set(...((args.shift() ?? '').split(': ') as [string, string]))
    else if (arg === '-d') body = args.shift() ?? ''
    else if (arg !== '-s') url = arg
  }
  method ??= body === null ? 'GET' : 'POST'
  const reply = await fetch(url.replace('localhost:8080', base), { method, headers, body })
  return { status: reply.status, body: (await reply.json()) as Json }
}

/** What a value is made of, without its content. */
const shape = (value: Json): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}

t.test('the examples do what they show', async (t) => {
  const { url } = await startServer(t, { RATE_LIMIT: 'on' })
  const variables: Record<string, string> = {}
  let answer: Json = null
  let examples = 0
  for (const { language, text } of blocks(section(readme, '## Use'))) {
    if (language === 'json') {
      examples += 1
      t.strictSame(shape(answer), shape(JSON.parse(text) as Json), text.slice(0, 60))
      continue
    }
    for (const command of text.replaceAll('\\\n', ' ').trim().split('\n')) {
      const reply = await curl(url, words(command, variables))
      t.ok(reply.status < 300, `${reply.status}: ${command}`)
      answer = reply.body
      const { token, user } = answer as { token?: string; user?: { id: string; username: string } }
      if (user?.username === 'ann') variables['TOKEN'] = token ?? ''
      if (user?.username === 'bob') variables['BOB'] = user.id
    }
  }
  t.equal(examples, 9)
})

t.test('the configuration is that of .env.example', async (t) => {
  const lines = (await read('.env.example')).split('\n').filter((line) => /^\w+=/.test(line))
  const expected = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1) || 'none'])
  const shown = rows(section(readme, '## Configuration')).map(([name, value]) => [name, value])
  t.strictSame(shown.sort(), expected.sort())
})

t.test('the commands are those of package.json', async (t) => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  const commands = Object.keys(scripts)
    .filter((name) => !/^(pre|post)/.test(name))
    .map((name) => (['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`))
  t.strictSame(
    rows(section(readme, '## Commands'))
      .map(([command]) => command)
      .sort(),
    commands.sort(),
  )
})

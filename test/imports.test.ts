import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))

const wrong = {
  'schemas/user.ts': "import { AppError } from '../src/errors.ts'",
  'schemas/auth.ts': "import { readFileSync } from 'node:fs'",
  'src/errors.ts': "import fastify from 'fastify'",
  'src/db/database.ts': "import { createUsers } from '../users/service.ts'",
  'src/http/errors.ts': "import { foo } from '../messages/store.ts'",
  'src/auth/plugin.ts': "import { buildApp } from '../app.ts'",
  'src/auth/service.ts': "import type { FastifyInstance } from 'fastify'",
  'src/auth/store.ts': "import { createAuth } from './service.ts'",
  'src/auth/routes.ts': "import { createUserStore } from '../users/store.ts'",
  'src/users/service.ts': "import { createUserStore } from './store.ts'",
  'src/users/routes.ts': "import process from 'node:process'",
  'src/users/store.ts': "import { userRoutes } from './routes.ts'",
  'src/messages/routes.ts': "import { createHub } from '../realtime/hub.ts'",
  'src/messages/service.ts': "import { createHub } from '../realtime/hub.ts'",
  'src/messages/writer.ts': "import { createHub } from '../realtime/hub.ts'",
  'src/realtime/connection.ts': "import { createMessageStore } from '../messages/store.ts'",
  'src/config.ts': 'export const secret = process.env',
}

const right = {
  'schemas/message.ts': "export { Type } from '@sinclair/typebox'\nexport { Id } from './primitives.ts'",
  'src/app.ts': "export { createHub } from './realtime/hub.ts'\nexport { createUserStore } from './users/store.ts'",
  'src/messages/plugin.ts': "export { createUsers } from '../users/service.ts'",
  'src/realtime/hub.ts': "export { createMessages } from '../messages/service.ts'",
  'src/conversations/service.ts': "export type { ConversationStore } from './store.ts'",
  'src/server.ts': 'export const environment = process.env',
}

interface Report {
  diagnostics: { category: string; location: { path: string } }[]
}

t.test('imports point one way: the linter refuses every other', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'imports-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await copyFile(join(root, 'biome.json'), join(folder, 'biome.json'))
  for (const [path, text] of Object.entries({ ...wrong, ...right })) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), `${text}\n`)
  }
  const output = await new Promise<string>((resolve) => {
    const args = ['lint', '--reporter=json', '--vcs-enabled=false', '--max-diagnostics=200', folder]
    execFile(join(root, 'node_modules/.bin/biome'), args, { cwd: folder }, (_, stdout) => resolve(stdout))
  })
  const { diagnostics } = JSON.parse(output) as Report
  const refused = diagnostics.filter(({ category }) => /noRestricted(Imports|Globals)/.test(category))
  const paths = refused.map(({ location }) => location.path.replace(`${folder}/`, ''))
  t.strictSame([...new Set(paths)].sort(), Object.keys(wrong).sort())
})

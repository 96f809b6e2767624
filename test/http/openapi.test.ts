import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { components } from '../../schemas/index.ts'
import { build } from '../helper.ts'

interface Operation {
  summary?: string
  security?: object[]
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: object }
  security: object[]
}

const app = await build(t, { DB_HOST: '127.0.0.1', DB_PORT: '1' })
const document = (await app.inject('/openapi.json')).json<Document>()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
)

t.test('the document is OpenAPI 3.1', async (t) => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  t.ok(result.valid, JSON.stringify(result.errors))
  t.equal(document.openapi, '3.1.0')
})

t.test('it has every route of the API and nothing else', async (t) => {
  t.same(operations.map(({ name }) => name).sort(), [
    'get /api/conversations',
    'get /api/messages/{user_id}',
    'get /api/sync',
    'get /api/users',
    'get /api/users/me',
    'get /api/users/{id}',
    'get /health',
    'get /health/live',
    'get /ws',
    'post /api/auth/login',
    'post /api/auth/register',
    'post /api/messages',
    'put /api/conversations/{user_id}/read',
  ])
})

t.test('every answer is described, refusals as Error', async (t) => {
  for (const { name, summary, responses, security } of operations) {
    t.ok(summary, name)
    const statuses = Object.keys(responses)
    t.ok(
      statuses.some((status) => /^[12]/.test(status)),
      name,
    )
    if (security === undefined) t.ok(statuses.includes('401'), `${name} may be refused`)
    for (const [status, { description, content }] of Object.entries(responses)) {
      t.ok(description && description !== 'Default Response', `${name} ${status}`)
      if (/^[45]/.test(status) && name !== 'get /health') {
        t.same(content?.['application/json']?.schema.$ref, '#/components/schemas/Error', `${name} ${status}`)
      }
    }
  }
})

t.test('what the schemas share is a component, once, and every reference leads somewhere', async (t) => {
  const names = Object.keys(document.components.schemas)
  t.same(names.sort(), components.map(({ title }) => String(title)).sort())
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
  t.same(
    [...new Set(references)].filter((name) => !names.includes(String(name))),
    [],
  )
  t.ok(references.includes('Message') && references.includes('User'))
})

t.test('there is a page to read it, which runs under a policy without inline code', async (t) => {
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.notMatch(page.headers['content-security-policy'], /unsafe/)
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url))
  for (const url of files) t.equal((await app.inject(url)).statusCode, 200, url)
  t.notMatch(page.body, /<script>|<style|style=|onload=/)
})

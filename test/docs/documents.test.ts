import { stat } from 'node:fs/promises'
import t from 'tap'
import { documents, read, root } from './documents.ts'

const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }

for (const name of documents) {
  const text = await read(name)

  t.test(`every command in ${name} exists`, async (t) => {
    const commands = [...text.matchAll(/\bnpm (?:run )?([a-z]+)/g)].map(([, command = '']) => command)
    for (const command of commands) t.ok(command === 'ci' || command in scripts, `npm ${command}`)
    const files = [...text.matchAll(/npm test -- (\S+\.test\.ts)/g)].map(([, file = '']) => file)
    for (const file of files) t.ok(await stat(`${root}${file}`), file)
  })

  t.test(`every link and file in ${name} leads somewhere`, async (t) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path)
    const files = [...text.matchAll(/`((?:src|schemas|test|web|bench|\.ci)\/[\w./-]*|[A-Z]+\.md|\.env\.example)`/g)]
    for (const path of [...links, ...files.map(([, file = '']) => file)]) {
      t.ok(await stat(`${root}${path}`).catch(() => undefined), path)
    }
  })
}

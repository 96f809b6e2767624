import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { execute, findProgram, needs, root, temporaryFolder } from './tools.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
}
interface Job {
  readonly 'timeout-minutes'?: number
  readonly needs?: string | string[]
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: Record<string, Job>
}

const folder = join(root, '.github/workflows')
const names = await readdir(folder)
const texts = new Map(
  await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
)
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]))
const document = await readFile(join(root, 'DEPLOY.md'), 'utf8')

const go = 'go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'

t.test('actionlint finds nothing', needs('actionlint', go), async () => {
  execute(
    findProgram('actionlint') ?? '',
    names.map((name) => join(folder, name)),
  )
})

t.test('every action is pinned to a commit, with its version', async (t) => {
  for (const [name, text] of texts) {
    for (const [line] of text.matchAll(/uses: .*/g))
      t.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name)
  }
})

t.test('least permissions, no overlap, no run without an end', async (t) => {
  for (const [name, { permissions, concurrency, jobs }] of workflows) {
    t.same(permissions, { contents: 'read' }, name)
    t.ok(concurrency, name)
    for (const [job, { 'timeout-minutes': minutes }] of Object.entries(jobs)) t.ok(minutes, `${name}: ${job}`)
  }
})

t.test('every command that is run exists', async (t) => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  // What a runner of GitHub has, or a step has installed.
  const known = new Set([
    'sudo',
    'npm',
    'node',
    'docker',
    'terraform',
    'curl',
    'echo',
    'gh',
    'go',
    'test',
    'timeout',
    '"$HOME/yandex-cloud/bin/yc"',
  ])
  for (const [name, { jobs }] of workflows) {
    for (const { run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
      for (const line of run?.trim().split('\n') ?? []) {
        const [command = '', verb, script] = line
          .trim()
          .replace(/^\w+=\$\(/, '')
          .split(/\s+/)
        t.ok(known.has(command) || existsSync(join(root, command)), `${name}: ${line}`)
        if (command === 'npm' && verb === 'run') t.ok(scripts[script ?? ''], `${name}: ${line}`)
        if (command === 'npm' && verb === 'test') t.ok(scripts['test'], line)
        for (const [path = ''] of line.matchAll(/(?<![\w$./-])(docker|terraform|\.github)\/[\w./-]+/g))
          t.ok(existsSync(join(root, path)), `${path} exists`)
      }
    }
  }
})

t.test('every secret and variable is in DEPLOY.md, and the other way round', async (t) => {
  const used = (kind: string): string[] => {
    const all = [...texts.values()].flatMap((text) =>
      [...text.matchAll(new RegExp(`${kind}\\.([A-Z_0-9]+)`, 'g'))].map(([, name = '']) => name),
    )
    return [...new Set(all)].sort()
  }
  const tableOf = (title: string): string[] => {
    const section = document.split(`### ${title}`)[1]?.split('\n#')[0] ?? ''
    const cells = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell)
    return cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_0-9]+)`/g)].map(([, name = '']) => name)).sort()
  }
  t.same(tableOf('Secrets'), used('secrets'))
  t.same(tableOf('Variables'), used('vars'))
  const variables = await readFile(join(root, 'terraform/envs/dev/variables.tf'), 'utf8')
  for (const [, name] of texts.get('deploy.yml')?.matchAll(/TF_VAR_(\w+)/g) ?? [])
    t.match(variables, `variable "${name}"`)
})

t.test('deployment has the three jobs of the specification', async (t) => {
  const deploy = workflows.get('deploy.yml')
  t.same(Object.keys(deploy?.jobs ?? {}), ['changes', 'build', 'deploy'])
  t.same(deploy?.jobs['deploy']?.needs, ['changes', 'build'])
  t.match(parse(texts.get('deploy.yml') ?? '').on, { push: { branches: ['main'], tags: ['v*'] } })
})

t.test('what a push builds and deploys', async (t) => {
  const repository = await temporaryFolder(t)
  const git = (...args: string[]): string =>
    execute('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {}, repository).trim()
  git('init', '-q')
  git('commit', '-q', '--allow-empty', '-m', '0')
  const commit = (path: string): string => {
    execute('sh', ['-c', 'mkdir -p "$(dirname "$1")" && echo >> "$1"', 'sh', path], {}, repository)
    git('add', '.')
    git('commit', '-q', '-m', path)
    return git('rev-parse', 'HEAD')
  }
  const changes = (before: string, ref = 'refs/heads/main'): string[] =>
    execute(join(root, '.github/changes.sh'), [before, ref, 'HEAD'], {}, repository).trim().split('\n')
  for (const [path, build, deploy] of [
    ['src/app.ts', true, true],
    ['web/app.js', true, true],
    ['package-lock.json', true, true],
    ['docker/Dockerfile', true, true],
    ['terraform/compute/main.tf', false, true],
    ['docker/compose.production.yml', false, true],
    ['README.md', false, false],
    ['test/app.test.ts', false, false],
  ] as const) {
    const before = git('rev-parse', 'HEAD')
    commit(path)
    t.same(changes(before), [`build=${build}`, `deploy=${deploy}`], path)
  }
  t.same(changes(''), ['build=true', 'deploy=true'], 'the first time')
  t.same(changes('0'.repeat(40)), ['build=true', 'deploy=true'], 'a commit that is not here')
  t.same(changes(git('rev-parse', 'HEAD'), 'refs/tags/v1.0.0'), ['build=true', 'deploy=true'], 'a tag')
})

t.test('every path and variable that DEPLOY.md names exists', async (t) => {
  const variables = await readFile(join(root, 'terraform/envs/dev/variables.tf'), 'utf8')
  for (const [, path = ''] of document.matchAll(/`((?:docker|terraform|test|sql|\.github)\/[\w./-]*)`/g))
    t.ok(existsSync(join(root, path)), `${path} exists`)
  for (const [, name] of document.matchAll(/TF_VAR_(\w+)/g)) t.match(variables, `variable "${name}"`)
  for (const [, path = ''] of document.matchAll(/(?:-f|npm test --) ((?:docker|test)\/[\w./-]+)/g))
    t.ok(existsSync(join(root, path)), `${path} exists`)
})

import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { filesOf, renderUserData, variables } from './cloud-init.ts'
import { checkCompose } from './compose.ts'
import { execute, findProgram, needs, temporaryFolder } from './tools.ts'

const skip = needs('terraform', 'install Terraform 1.9 or newer')

t.test('the rendered user-data', skip, async (t) => {
  const userData = await renderUserData(t)
  const files = filesOf(userData)
  const folder = await temporaryFolder(t)
  const write = async (path: string): Promise<string> => {
    const target = join(folder, basename(path))
    await writeFile(target, files.get(path)?.content ?? '')
    return target
  }

  t.test('is a valid cloud-config', needs('cloud-init', 'apt-get install cloud-init'), async (t) => {
    const file = join(folder, 'user-data')
    await writeFile(file, userData)
    t.match(execute('cloud-init', ['schema', '--config-file', file]), 'Valid')
  })

  t.test('keeps secrets to root, and gives Compose every variable that it asks for', async (t) => {
    for (const path of ['/opt/messenger/.env', '/opt/messenger/backup.env']) {
      t.match(files.get(path), { permissions: '0600', owner: 'root:root' })
    }
    const compose = files.get('/opt/messenger/docker-compose.yml')?.content ?? ''
    t.same(checkCompose(parse(compose, { merge: true })), [])
    const env = files.get('/opt/messenger/.env')?.content ?? ''
    t.match(env, `DB_PASSWORD='${variables.db_password}'\n`)
    const given = [...env.matchAll(/^([A-Z_]+)='/gm)].map(([, name]) => name)
    const asked = [...compose.matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name]) => name)
    t.same(
      [...new Set(asked)].filter((name) => !given.includes(name)),
      [],
    )
    for (const [path, { content }] of files) {
      if (path !== '/opt/messenger/.env') t.notMatch(content, variables.jwt_secret, path)
    }
  })

  t.test('has programs that shellcheck likes', needs('shellcheck', 'apt-get install shellcheck'), async (t) => {
    const programs = [...files.keys()].filter((path) => path.startsWith('/opt/messenger/bin/'))
    t.equal(programs.length, 5)
    for (const path of programs) {
      t.equal(files.get(path)?.permissions, '0755', path)
      const file = await write(path)
      t.doesNotThrow(() => execute('shellcheck', [file]), path)
    }
  })

  t.test('has units that systemd understands', needs('systemd-analyze', 'apt-get install systemd'), async (t) => {
    const units = [...files.keys()].filter((path) => path.startsWith('/etc/systemd/system/'))
    t.equal(units.length, 4)
    // systemd wants the programs to exist, and knows docker.service from Docker's package.
    const bin = join(folder, 'bin')
    await mkdir(bin, { recursive: true })
    const paths: string[] = []
    for (const path of units) {
      const content = files.get(path)?.content ?? ''
      for (const [, program = ''] of content.matchAll(/\/opt\/messenger\/bin\/(\w+)/g)) {
        t.ok(files.has(`/opt/messenger/bin/${program}`), program)
        await writeFile(join(bin, program), '#!/bin/sh\n')
        await chmod(join(bin, program), 0o755)
      }
      const target = join(folder, basename(path))
      await writeFile(target, content.replaceAll('/opt/messenger/bin', bin))
      paths.push(target)
    }
    await writeFile(join(folder, 'docker.service'), '[Service]\nExecStart=/bin/true\n')
    t.equal(execute('systemd-analyze', ['verify', '--man=no', ...paths]), '')
  })

  t.test('opens the SSH port and makes a user only with a key', async (t) => {
    t.notOk(parse(userData).users)
    t.match(files.get('/opt/messenger/prepare.env')?.content, "SSH_OPEN=''")
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr me@home'
    const open = await renderUserData(t, { ...variables, ssh_public_key: key })
    t.match(parse(open).users, [{ name: 'messenger', ssh_authorized_keys: [key] }])
    t.match(filesOf(open).get('/opt/messenger/prepare.env')?.content, "SSH_OPEN='yes'")
  })
})

t.test(
  'scripts outside of the VM are liked by shellcheck as well',
  needs('shellcheck', 'apt-get install shellcheck'),
  async (t) => {
    for (const path of [
      'terraform/compute/handover.sh',
      '.github/changes.sh',
      '.github/image.sh',
      'test/deploy/fake/tool.sh',
    ]) {
      t.doesNotThrow(() => execute('shellcheck', [path]), path)
    }
    t.ok(findProgram('shellcheck'))
  },
)

import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { execute, root, type Test, temporaryFolder } from './tools.ts'

/** Variables with which the module can be rendered. */
export const variables = {
  docker_image: 'somebody/messenger:1.2.3',
  http_port: 8080,
  jwt_secret: 'a-$ecret-with-"special"-characters-#1',
  db_password: 'pa$$word#"`!{1',
}

/** A file that cloud-init writes. */
export interface WrittenFile {
  readonly path: string
  readonly content: string
  readonly permissions: string
  readonly owner: string
}

/** Renders the module's user-data with real Terraform; the module needs no provider, so this works without a network. */
export const renderUserData = async (t: Test, values: Record<string, unknown> = variables): Promise<string> => {
  const folder = await temporaryFolder(t)
  await cp(join(root, 'terraform/cloud-init'), join(folder, 'terraform/cloud-init'), { recursive: true })
  await cp(join(root, 'docker'), join(folder, 'docker'), { recursive: true })
  const module = join(folder, 'terraform/cloud-init')
  await writeFile(join(module, 'terraform.tfvars.json'), JSON.stringify(values))
  const terraform = (...args: string[]): string =>
    execute('terraform', [`-chdir=${module}`, ...args], { TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' })
  terraform('init', '-backend=false', '-no-color')
  terraform('apply', '-auto-approve', '-no-color')
  return terraform('output', '-raw', 'user_data')
}

/** The files in a user-data document, by path. */
export const filesOf = (userData: string): Map<string, WrittenFile> => {
  const { write_files } = parse(userData) as { write_files: WrittenFile[] }
  return new Map(write_files.map((file) => [file.path, file]))
}

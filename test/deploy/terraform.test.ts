import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { execute, needs, root, temporaryFolder } from './tools.ts'

const modules = ['network', 'compute', 'cloud-init', 'envs/dev']
const installed = needs('terraform', 'install Terraform 1.9 or newer')
const environment = { TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' }
const read = (path: string): Promise<string> => readFile(join(root, 'terraform', path), 'utf8')

/** The top-level blocks of a formatted file, by their first line: `terraform fmt` puts each end at the line's start. */
const blocksOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/^([a-z]+(?: "[^"]+")*) \{\n([\s\S]*?)^\}/gm)].map(([, head = '', body = '']) => [head, body]),
  )

t.test('every file is formatted and parses', installed, async () => {
  execute('terraform', ['fmt', '-check', '-recursive', '-diff', 'terraform'], environment)
})

t.test('every module has the same four files, and every variable and output says what it is', async (t) => {
  for (const module of modules) {
    const files = (await readdir(join(root, 'terraform', module))).filter((name) => name.endsWith('.tf'))
    t.same(files.sort(), ['main.tf', 'outputs.tf', 'variables.tf', 'versions.tf'], module)
    for (const [head, body] of blocksOf(await read(`${module}/variables.tf`))) {
      t.match(body, /description = ".+"[\s\S]*type +=[\s\S]*validation \{/, `${module}: ${head}`)
    }
    for (const [head, body] of blocksOf(await read(`${module}/outputs.tf`))) t.match(body, /description = ".+"/, head)
  }
})

t.test('secrets are sensitive and in no output', async (t) => {
  const secrets = [
    'yc_token',
    'jwt_secret',
    'jwt_secret_previous',
    'db_password',
    'backup_access_key',
    'backup_secret_key',
  ]
  const variables = blocksOf(await read('envs/dev/variables.tf'))
  for (const secret of secrets) t.match(variables.get(`variable "${secret}"`), /sensitive +=\s*true/, secret)
  t.notMatch(await read('envs/dev/outputs.tf'), /secret|password|token|user_data/)
})

t.test('the resources are the ones of the specification', async (t) => {
  const network = blocksOf(await read('network/main.tf'))
  t.same([...network.keys()].sort(), [
    'resource "yandex_vpc_network" "this"',
    'resource "yandex_vpc_security_group" "this"',
    'resource "yandex_vpc_subnet" "this"',
  ])
  const compute = blocksOf(await read('compute/main.tf'))
  const vm = compute.get('resource "yandex_compute_instance" "this"') ?? ''
  t.match(
    vm,
    /platform_id = "standard-v3"[\s\S]*cores {2}= 2\n\s*memory = 4[\s\S]*type {5}= "network-ssd"\n\s*size {5}= 20/,
  )
  t.match(vm, /create_before_destroy = true\n\s*replace_triggered_by {2}= \[terraform_data\.release\]/)
  t.match(vm, /ignore_changes = \[boot_disk, metadata, network_interface, secondary_disk\]/)
  t.notMatch(vm, /hostname|^ {2}name|^ {2}secondary_disk/m, 'nothing that two VMs cannot both have')
  for (const kept of ['yandex_compute_disk" "data', 'yandex_vpc_address" "this']) {
    const body = compute.get(`resource "${kept}"`) ?? ''
    t.match(body, /prevent_destroy = true/, kept)
    t.notMatch(body, /release|docker_image|user_data/, `${kept} does not depend on the release`)
  }
  t.match(
    compute.get('resource "terraform_data" "handover"'),
    /triggers_replace = \[yandex_compute_instance\.this\.id\]/,
  )
})

t.test('a bad value of a variable is refused before anything is planned', installed, async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'dev'))
  await cp(join(root, 'terraform/envs/dev/variables.tf'), join(folder, 'dev/variables.tf'))
  const good: Record<string, unknown> = {
    yc_token: 'y0_token',
    yc_cloud_id: 'b1g0123456789abcdefg',
    yc_folder_id: 'b1g9876543210gfedcba',
    docker_image: `somebody/messenger@sha256:${'a'.repeat(64)}`,
    jwt_secret: 'x'.repeat(32),
    db_password: 'long enough?'.replace(' ', '-'),
  }
  const plan = (values: object): string => {
    return execute(
      'terraform',
      [`-chdir=${join(folder, 'dev')}`, 'plan', '-no-color', '-input=false', ...variables(values)],
      environment,
    )
  }
  const variables = (values: object): string[] =>
    Object.entries({ ...good, ...values }).map(
      ([name, value]) => `-var=${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
  await writeFile(join(folder, 'dev/main.tf'), '')
  execute('terraform', [`-chdir=${join(folder, 'dev')}`, 'init', '-no-color'], environment)
  t.match(plan({}), 'No changes')

  const bad: Record<string, unknown> = {
    yc_token: '',
    yc_cloud_id: 'My Cloud',
    yc_folder_id: '',
    zone: 'eu-west-1a',
    docker_image: 'somebody/messenger',
    jwt_secret: 'x'.repeat(31),
    jwt_secret_previous: 'short',
    jwt_duration: 'a day',
    http_addr: '127.0.0.1:8080',
    db_host: 'localhost',
    db_port: 80,
    db_user: 'Robert"; drop',
    db_password: "it's a password",
    db_name: '',
    db_sslmode: 'prefer',
    log_level: 'loud',
    ssh_public_key: 'not a key',
    ssh_cidrs: ['everywhere'],
    http_cidrs: [],
    vpc_cidr: '10.0.0.0/24',
    boot_image_id: 'ubuntu-22.04',
    data_disk_size: 1,
    serial_console: 'perhaps',
    backup_bucket: 'A Bucket',
    backup_access_key: "'",
    backup_secret_key: '$(id)',
    backup_keep_days: 0,
  }
  t.same(
    Object.keys(bad).sort(),
    [...blocksOf(await read('envs/dev/variables.tf')).keys()].map((head) => head.slice(10, -1)).sort(),
  )
  for (const [name, value] of Object.entries(bad)) t.throws(() => plan({ [name]: value }), new RegExp(name), name)
})

t.test('while the hand-over fails, Terraform keeps the old VM', installed, async (t) => {
  // The order that compute/main.tf relies on, shown on Terraform itself with resources that need no provider.
  const compute = blocksOf(await read('compute/main.tf'))
  const lifecycle = /create_before_destroy = true\n.*replace_triggered_by {2}= \[terraform_data\.release\]/.exec(
    compute.get('resource "yandex_compute_instance" "this"') ?? '',
  )?.[0]
  const folder = await temporaryFolder(t)
  await writeFile(
    join(folder, 'main.tf'),
    `variable "image" { type = string }
variable "works" { type = bool }
resource "terraform_data" "disk" {}
resource "terraform_data" "release" { triggers_replace = [var.image] }
resource "terraform_data" "vm" {
  input = var.image
  lifecycle {
    ${lifecycle}
  }
}
resource "terraform_data" "handover" {
  triggers_replace = [terraform_data.vm.id, terraform_data.disk.id]
  provisioner "local-exec" {
    command = "test \${var.works} = true"
  }
}
`,
  )
  const apply = (image: string, works: boolean): string =>
    execute(
      'terraform',
      [`-chdir=${folder}`, 'apply', '-auto-approve', '-no-color', `-var=image=${image}`, `-var=works=${works}`],
      environment,
    )
  execute('terraform', [`-chdir=${folder}`, 'init', '-no-color'], environment)
  apply('1', true)
  t.throws(() => apply('2', false))
  const state = (): string[] => {
    const { resources } = JSON.parse(execute('cat', [join(folder, 'terraform.tfstate')])) as {
      resources: { name: string; instances: { deposed?: string }[] }[]
    }
    return resources
      .filter(({ name }) => name === 'vm')
      .flatMap(({ instances }) => instances.map(({ deposed }) => (deposed ? 'old' : 'new')))
  }
  t.same(state().sort(), ['new', 'old'])
  t.throws(() => apply('2', false), 'and the next apply tries again')
  t.same(state().sort(), ['new', 'old'], 'without destroying it first')
  t.match(
    apply('2', true),
    /terraform_data\.handover: Creation complete[\s\S]*terraform_data\.vm \(deposed object \w+\): Destroying/,
  )
  t.same(state(), ['new'])
  t.notMatch(apply('3', true), 'terraform_data.disk must be replaced')
})

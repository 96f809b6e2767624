import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../src/db/embedded/postmaster.ts'
import { type Cloud, createCloud, type Machine, type Reply } from './cloud.ts'
import { createStack, type Stack } from './stack.ts'
import { root, type Test, temporaryFolder } from './tools.ts'

const files = join(root, 'terraform/cloud-init/files')
const programs = [
  'docker',
  'systemctl',
  'mountpoint',
  'mount',
  'umount',
  'blkid',
  'mkfs.ext4',
  'resize2fs',
  'iptables',
  'sync',
]

/** A VM as the test sees it. */
export interface Host {
  readonly machine: Machine
  readonly stack: Stack
  /** Makes it what a new VM is: prepared, without orders, with an address of its own. */
  renew(): Promise<void>
  /** Turns off what a new VM does at its start: it never reports that it is prepared. */
  machineIsUnprepared(): Promise<void>
}

/** Two VMs, one disk, one address, all in real processes on the loopback; the scripts are the ones of production. */
export interface Datacenter {
  readonly cloud: Cloud
  readonly port: number
  readonly hosts: readonly [Host, Host]
  /** Adds one more VM, without orders and not yet prepared: `renew` makes it a new one. */
  addHost(): Promise<Host>
  /** What must never happen: a mounted disk pulled out, a disk formatted twice. */
  readonly violations: string[]
  /** Runs the hand-over to a VM; `child` is its process group's leader. */
  handOver(
    to: Host,
    env?: Record<string, string>,
  ): { child: ChildProcess; done: Promise<{ code: number | null; log: string }> }
}

/** Builds the datacenter; `server` is a folder with what the image holds. */
export const createDatacenter = async (t: Test, server: string): Promise<Datacenter> => {
  const base = await temporaryFolder(t)
  const port = await freePort()
  const disk = join(base, 'disk')
  await mkdir(disk)
  const violations: string[] = []
  const hosts = new Map<
    string,
    Host & { attached: string; tool: (args: readonly string[]) => Promise<Reply>; boot(): void; halt(): Promise<void> }
  >()
  const host = (id: string) => {
    const found = hosts.get(id)
    if (found === undefined) throw new Error(`no VM ${id}`)
    return found
  }

  const cloud = createCloud('127.0.2.1', {
    attach: (id) => rename(disk, host(id).attached),
    detach: async (id) => {
      if (existsSync(join(base, id, 'srv/.formatted')))
        violations.push(`the disk was pulled out of ${id} while mounted`)
      await rename(host(id).attached, disk)
    },
    stop: (id) => host(id).halt(),
    start: async (id) => host(id).boot(),
    console: (id) => readFile(join(base, id, 'console'), 'utf8'),
  })

  const control = createServer(async (request, response) => {
    const [, id = '', attribute] = (request.url ?? '').split('/')
    if (attribute !== undefined) {
      const value = cloud.machines.get(id)?.metadata[attribute]
      response.writeHead(value === undefined ? 404 : 200).end(value ?? '')
      return
    }
    let body = ''
    for await (const chunk of request) body += chunk
    const [program = '', ...args] = body.split('\0').slice(0, -1)
    const [code, output] = program === 'yc' ? await cloud.yc(args) : await host(id).tool([program, ...args])
    response.end(`${code}\n${output}`)
  })
  control.listen(0, '127.0.0.1')
  await once(control, 'listening')
  t.teardown(() => control.close())
  const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`

  const front = createTcpServer((socket) => {
    const holder = cloud.addressHolder()
    socket.on('error', () => undefined)
    if (holder === undefined) return socket.destroy()
    const onward = connect(port, holder.ip).on('error', () => socket.destroy())
    socket.pipe(onward).pipe(socket)
    return socket.on('close', () => onward.destroy())
  })
  front.listen(port, cloud.address)
  t.teardown(() => front.close())

  const addHost = async (id: string, ip: string): Promise<Host> => {
    const folder = join(base, id)
    const attached = join(folder, 'dev/messenger-data')
    const mounted = join(folder, 'srv')
    for (const each of ['bin', 'dev', 'home/bin']) await mkdir(join(folder, each), { recursive: true })
    for (const each of programs) await symlink(join(root, 'test/deploy/fake/tool.sh'), join(folder, 'bin', each))
    await symlink(join(files, 'stack.sh'), join(folder, 'home/bin/stack'))
    const env = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      CONTROL: controlUrl,
      VM: id,
      METADATA_URL: `${controlUrl}/${id}`,
      CONSOLE: join(folder, 'console'),
      MESSENGER_HOME: join(folder, 'home'),
      DATA_DIRECTORY: mounted,
      DATA_DEVICE: attached,
      DEVICE_TIMEOUT: '3',
      AGENT_POLL: '0.2',
    }
    const secret = 'the secret of the hand-over test, 32 bytes'
    const stack = createStack({ server, dataFolder: join(mounted, 'cluster'), host: ip, port, secret })
    const machine: Machine = { id, ip, created: Date.now(), status: 'RUNNING', address: ip, metadata: {} }
    cloud.machines.set(id, machine)

    const runStack = async (verb: 'start' | 'stop'): Promise<number> => {
      const child = spawn('bash', [join(files, 'stack.sh'), verb], { env, stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number | null]
      return code ?? 1
    }
    let active = false
    let queue: Promise<number> = Promise.resolve(0)
    const change = async (verb: string): Promise<number> => {
      if (verb === 'start' && !active) {
        active = (await runStack('start')) === 0
        // ExecStopPost.
        if (!active) await runStack('stop')
        return active ? 0 : 1
      }
      if (verb === 'stop' && active) {
        active = false
        return runStack('stop')
      }
      return 0
    }
    // systemd does one job of a unit after the other.
    const systemctl = (verb: string): Promise<number> => {
      queue = queue.then(() => change(verb))
      return queue
    }
    const isMounted = (): boolean => existsSync(join(mounted, '.formatted'))
    const tool = async ([program = '', ...args]: readonly string[]): Promise<Reply> => {
      switch (program) {
        case 'docker':
          return stack.compose(args.slice(3))
        case 'systemctl':
          return [await systemctl(args[0] ?? ''), '']
        case 'mountpoint':
          return [isMounted() ? 0 : 1, '']
        case 'blkid':
          return [existsSync(join(attached, '.formatted')) ? 0 : 2, '']
        case 'mkfs.ext4':
          if (existsSync(join(attached, '.formatted'))) violations.push('the disk was formatted twice')
          await writeFile(join(attached, '.formatted'), '')
          return [0, '']
        case 'mount':
          await rm(mounted, { recursive: true, force: true })
          await symlink(attached, mounted)
          return [0, '']
        case 'umount':
          if (stack.running) return [32, 'target is busy']
          await rm(mounted)
          return [0, '']
        default:
          return [0, '']
      }
    }

    let agent: ChildProcess | undefined
    const boot = (): void => {
      agent = spawn('bash', [join(files, 'agent.sh')], { cwd: folder, env, stdio: 'ignore', detached: true })
    }
    const stopAgent = (): void => {
      if (agent?.pid !== undefined) process.kill(-agent.pid, 'SIGKILL')
      agent = undefined
    }
    const halt = async (): Promise<void> => {
      stopAgent()
      await systemctl('stop')
    }
    const renew = async (): Promise<void> => {
      stopAgent()
      Object.assign(machine, { address: ip, metadata: {}, created: Date.now(), status: 'RUNNING' })
      await writeFile(join(folder, 'console'), '')
      boot()
    }
    const machineIsUnprepared = async (): Promise<void> => {
      stopAgent()
      await writeFile(join(folder, 'console'), '')
    }
    const added = { machine, stack, attached, tool, boot, halt, renew, machineIsUnprepared }
    hosts.set(id, added)
    await appendFile(join(folder, 'console'), '')
    t.teardown(async () => {
      stopAgent()
      await stack.kill()
    })
    return added
  }
  const first = await addHost('vm-a', '127.0.1.1')
  const second = await addHost('vm-b', '127.0.1.2')
  await first.renew()
  await second.renew()

  const bin = join(base, 'bin')
  await mkdir(bin)
  await symlink(join(root, 'test/deploy/fake/tool.sh'), join(bin, 'yc'))

  return {
    cloud,
    port,
    violations,
    hosts: [first, second],
    addHost: () => addHost('vm-c', '127.0.1.3'),
    handOver: (to, env = {}) => {
      const child = spawn('bash', [join(root, 'terraform/compute/handover.sh')], {
        // By its folder the runner finds what a test that was killed has left behind.
        cwd: base,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          PATH: `${bin}:${process.env['PATH']}`,
          CONTROL: controlUrl,
          NEW_INSTANCE: to.machine.id,
          DATA_DISK: 'disk-1',
          PUBLIC_ADDRESS: cloud.address,
          HTTP_PORT: String(port),
          POLL: '0.2',
          READY_TIMEOUT: '60',
          STOP_TIMEOUT: '60',
          START_TIMEOUT: '60',
          ...env,
        },
      })
      let log = ''
      child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
      return { child, done: once(child, 'close').then(([code]) => ({ code: code as number | null, log })) }
    },
  }
}

/** The mutations that the fake cloud's `yc` knows, as the hand-over calls them. */
const MUTATIONS = [
  'add-metadata',
  'attach-disk',
  'detach-disk',
  'add-one-to-one-nat',
  'remove-one-to-one-nat',
  'start',
  'stop',
]

/** A virtual machine, as far as the cloud knows it. */
export interface Machine {
  readonly id: string
  /** Its own (ephemeral) public address. */
  readonly ip: string
  readonly created: number
  status: 'RUNNING' | 'STOPPED'
  address: string | undefined
  metadata: Record<string, string>
}

/** What happens to a machine that only the world outside the cloud's records can do. */
export interface Hardware {
  attach(id: string): Promise<void>
  detach(id: string): Promise<void>
  stop(id: string): Promise<void>
  start(id: string): Promise<void>
  console(id: string): Promise<string>
}

/** Exit code and output of a command. */
export type Reply = readonly [code: number, output: string]

/** Yandex Cloud in small: machines, one disk, one reserved address, and the `yc` that handles them. */
export interface Cloud {
  readonly machines: Map<string, Machine>
  readonly address: string
  /** The machine that has the disk. */
  diskHolder: string | undefined
  /** Called before and after each mutation, with its number since the start of the counting. */
  onMutation: (count: number, moment: 'before' | 'after', verb: string) => void
  count: number
  yc(args: readonly string[]): Promise<Reply>
  addressHolder(): Machine | undefined
}

const option = (args: readonly string[], name: string): string => {
  const at = args.indexOf(name)
  const value = args[at + 1]
  if (at < 0 || value === undefined) throw new Error(`yc: ${name} is missing in ${args.join(' ')}`)
  return value
}

const describe = (machine: Machine): object => ({
  id: machine.id,
  status: machine.status,
  created_at: new Date(machine.created).toISOString(),
  labels: { app: 'messenger' },
  network_interfaces: [
    {
      index: '0',
      primary_v4_address: {
        address: '10.0.1.9',
        ...(machine.address === undefined ? {} : { one_to_one_nat: { address: machine.address, ip_version: 'IPV4' } }),
      },
    },
  ],
})

/** Makes the cloud with a reserved address that nobody has, and a disk that is attached nowhere. */
export const createCloud = (address: string, hardware: Hardware): Cloud => {
  const machines = new Map<string, Machine>()
  const find = (id: string | undefined): Machine => {
    const machine = machines.get(id ?? '')
    if (machine === undefined) throw new Error(`yc: no instance ${id}`)
    return machine
  }

  const mutate = async (verb: string, machine: Machine, args: readonly string[]): Promise<void> => {
    switch (verb) {
      case 'add-metadata': {
        const [name = '', value = ''] = option(args, '--metadata').split('=')
        machine.metadata = { ...machine.metadata, [name]: value }
        return
      }
      case 'attach-disk':
        if (cloud.diskHolder !== undefined) throw new Error(`yc: the disk is attached to ${cloud.diskHolder}`)
        if (option(args, '--device-name') !== 'messenger-data') throw new Error('yc: unexpected device name')
        await hardware.attach(machine.id)
        cloud.diskHolder = machine.id
        return
      case 'detach-disk':
        if (cloud.diskHolder !== machine.id) throw new Error(`yc: the disk is not attached to ${machine.id}`)
        await hardware.detach(machine.id)
        cloud.diskHolder = undefined
        return
      case 'add-one-to-one-nat': {
        const wanted = args.includes('--nat-address') ? option(args, '--nat-address') : machine.ip
        if (machine.address !== undefined) throw new Error(`yc: ${machine.id} has an address already`)
        if (wanted === address && cloud.addressHolder() !== undefined) throw new Error('yc: the address is in use')
        machine.address = wanted
        return
      }
      case 'remove-one-to-one-nat':
        if (machine.address === undefined) throw new Error(`yc: ${machine.id} has no address`)
        machine.address = undefined
        return
      case 'stop':
        await hardware.stop(machine.id)
        machine.status = 'STOPPED'
        return
      default:
        await hardware.start(machine.id)
        machine.status = 'RUNNING'
    }
  }

  const answer = async ([service, resource, verb = '', id, ...args]: readonly string[]): Promise<string> => {
    if (service !== 'compute') throw new Error(`yc: unknown service ${service}`)
    if (resource === 'disk' && verb === 'get')
      return JSON.stringify({ id, instance_ids: cloud.diskHolder === undefined ? [] : [cloud.diskHolder] })
    if (resource !== 'instance') throw new Error(`yc: unknown resource ${resource}`)
    if (verb === 'list') return JSON.stringify([...machines.values()].map(describe))
    if (verb === 'get') return JSON.stringify(describe(find(id)))
    if (verb === 'get-serial-port-output') return hardware.console(find(id).id)
    if (!MUTATIONS.includes(verb)) throw new Error(`yc: unknown command ${verb}`)
    cloud.count += 1
    const { count } = cloud
    cloud.onMutation(count, 'before', verb)
    await mutate(verb, find(id), args)
    cloud.onMutation(count, 'after', verb)
    return '{}'
  }

  const cloud: Cloud = {
    machines,
    address,
    diskHolder: undefined,
    count: 0,
    onMutation: () => undefined,
    addressHolder: () => [...machines.values()].find((machine) => machine.address === address),
    yc: (args) =>
      answer(args).then(
        (output) => [0, output] as const,
        (error: Error) => [1, error.message] as const,
      ),
  }
  return cloud
}

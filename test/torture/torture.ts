import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { check } from './checker.ts'
import type { Client } from './client.ts'
import { readConversations, readHeads, readLists, readMessages } from './collect.ts'
import type { ClientEvent, ClientInfo, ClientKind } from './evidence.ts'
import { createSaboteur } from './faults.ts'
import { createRandom } from './random.ts'
import type { Result } from './report.ts'
import { createRestClient } from './rest-client.ts'
import { createSchedule, type Plan } from './schedule.ts'
import { createSocketClient } from './socket-client.ts'
import { startWorld, type World } from './world.ts'

/** How to run it. */
export interface TortureOptions {
  readonly seed: number
  readonly minutes: number
  readonly clients: number
  /** Messages a second, of all clients together. */
  readonly rate: number
  readonly plan: Plan
  /** What node runs as the server. */
  readonly command: readonly string[]
  readonly log: (line: string) => void
  /** Ends the run early and takes everything down. */
  readonly signal: AbortSignal
}

/** The longest that clients may take to get everything after the last fault. */
const SETTLE_LIMIT = 60_000
const CONVERSATIONS = 60

/** What sorts of clients a user has, dealt out in turn. */
const households: readonly (readonly ClientKind[])[] = [
  ['plain'],
  ['resuming'],
  ['rest'],
  ['plain'],
  ['resuming', 'resuming'],
  ['plain', 'plain'],
  ['plain', 'resuming'],
  ['resuming'],
]

const populate = (count: number): ClientKind[][] => {
  const users: ClientKind[][] = []
  for (let total = 0; total < count; total += users.at(-1)?.length ?? 1) {
    users.push([...(households[users.length % households.length] ?? [])])
  }
  return users
}

const add = (sets: Map<string, Set<string>>, key: string, id: string) => {
  const set = sets.get(key)
  if (set) set.add(id)
  else sets.set(key, new Set([id]))
}

/** Notes everything, and counts along, to know when everybody has everything. */
const createLedger = () => {
  const events: ClientEvent[] = []
  const seen = new Map<string, Set<string>>()
  const record = (event: ClientEvent) => {
    events.push(event)
    if (event.type === 'delivered') add(seen, event.client, event.id)
  }

  const isSettled = async (sql: Sql, clients: readonly Client[]): Promise<boolean> => {
    if (clients.some((client) => client.pending() > 0)) return false
    const heads = await readHeads(sql)
    const streams = clients.filter(({ info }) => info.kind !== 'plain')
    if (streams.some(({ info }) => (seen.get(info.name)?.size ?? 0) !== heads.get(info.user))) return false
    // Plain clients get what they sent only by chance: what counts is what their user received, on any socket.
    const received = new Map<string, Set<string>>()
    for (const { info } of clients) for (const id of seen.get(info.name) ?? []) add(received, info.user, id)
    const rows = await sql<{ id: string; receiver: string }[]>`select id, receiver_id as receiver from messages`
    return rows.every(({ id, receiver }) => received.get(receiver)?.has(id))
  }
  return { events, record, isSettled }
}

const openClients = (
  world: World,
  users: readonly string[],
  options: TortureOptions,
  record: (event: ClientEvent) => void,
) => {
  const random = createRandom(options.seed ^ 0x5eed)
  const kinds = populate(options.clients)
  // A few users get far more than the rest: batches and locks meet there.
  const popular = users.slice(0, 3).flatMap((user) => Array<string>(Math.ceil(users.length / 3)).fill(user))
  const infos = users.flatMap((user, index) =>
    (kinds[index] ?? []).map((kind, place): ClientInfo => ({ name: `${kind}-${index}.${place}`, user, kind })),
  )
  return infos.map((info) => {
    const traffic = { receivers: [...users, ...popular], random: random.fork(), rate: options.rate / infos.length }
    const address = `127.0.0.1:${world.clients.port}`
    const create = info.kind === 'rest' ? createRestClient : createSocketClient
    return create({ info, address, token: world.token(info.user), traffic, record })
  })
}

/** Breaks things from a seeded schedule, heals them, and compares what everybody has. */
export const torture = async (options: TortureOptions): Promise<Result> => {
  const { seed, minutes, plan, log, signal } = options
  const faults = createSchedule(seed, minutes * 60_000, plan)
  const world = await startWorld(options.command)
  let clients: Client[] = []
  try {
    const users = await world.addUsers(populate(options.clients).length)
    const { events, record, isSettled } = createLedger()
    clients = openClients(world, users, options, record)
    const saboteur = createSaboteur(world, clients, createRandom(seed ^ 0xfa017))
    const start = performance.now()
    const wait = (until: number) => sleep(Math.max(0, start + until - performance.now()), undefined, { signal })

    const running: Promise<void>[] = []
    for (const fault of faults) {
      await wait(fault.at)
      log(`${(fault.at / 1000).toFixed(1)} s  ${fault.fault} for ${fault.ms} ms, ${Math.round(fault.share * 100)} %`)
      running.push(saboteur.inject(fault))
    }
    await wait(minutes * 60_000)
    await Promise.all(running)
    await saboteur.heal()

    const recovery = await world.untilHealthy(30_000)
    for (const client of clients) client.drain()
    const healed = performance.now()
    const sql = world.postgres.connect()
    while (!(await isSettled(sql, clients)) && performance.now() - healed < SETTLE_LIMIT) {
      await sleep(300, undefined, { signal })
    }
    const settling = performance.now() - healed
    // Whatever is doubled comes after everything has come once.
    await sleep(1000, undefined, { signal })

    const stored = await readMessages(sql)
    const heads = await readHeads(sql)
    await sql.end()
    const conversations = await readConversations(world, stored, CONVERSATIONS)
    const lists = await readLists(world, users)
    const infos = clients.map(({ info }) => info)
    const verdict = check({ clients: infos, events, stored, heads, conversations, lists })
    const { crashes } = world.server
    const seconds = { recovery: recovery / 1000, settling: settling / 1000 }
    return { seed, minutes, clients: clients.length, faults, events, crashes, verdict, ...seconds }
  } finally {
    for (const client of clients) client.close()
    await world.stop()
  }
}

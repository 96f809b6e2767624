import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Disturbance } from './proxy.ts'
import type { Random } from './random.ts'
import type { Fault } from './schedule.ts'
import type { World } from './world.ts'

/** Carries faults out. */
export interface Saboteur {
  /** Breaks something now; resolves when it is whole again as far as that fault goes. */
  readonly inject: (fault: Fault) => Promise<void>
  /** Waits for the end of everything under way and mends the links. */
  readonly heal: () => Promise<void>
}

/** @param random only for which connections are struck: what happens when is the schedule's */
export const createSaboteur = (world: World, clients: readonly Client[], random: Random): Saboteur => {
  const { server, postgres } = world
  /** One thing at a time is done to a process: a kill during a freeze comes right after it. */
  const queues = { server: Promise.resolve(), database: Promise.resolve() }
  const inTurn = (victim: keyof typeof queues, work: () => Promise<void>) => {
    queues[victim] = queues[victim].then(work)
    return queues[victim]
  }

  const breakServer = async (how: string, ms: number) => {
    if (how === 'kill') await server.kill()
    else server.freeze()
    await sleep(ms)
    if (how === 'kill') await server.start()
    else server.thaw()
  }

  const breakDatabase = async (how: string, ms: number) => {
    if (how === 'freeze') await postgres.freeze()
    else await postgres.kill(how === 'kill' ? 'SIGKILL' : 'SIGQUIT')
    await sleep(ms)
    if (how === 'freeze') postgres.thaw()
    else await postgres.start()
  }

  const breakReaders = async (how: string, { ms, share }: Fault) => {
    for (const client of clients) {
      if (random.next() >= share) continue
      if (how === 'freeze') client.freeze(ms)
      else client.reconnect()
    }
    await sleep(ms)
  }

  const inject = async (fault: Fault) => {
    const [victim, how = ''] = fault.fault.split('.')
    if (victim === 'server') return inTurn('server', () => breakServer(how, fault.ms))
    if (victim === 'database') return inTurn('database', () => breakDatabase(how, fault.ms))
    if (victim === 'readers') return breakReaders(how, fault)
    const { ms, amount } = fault
    const link = victim === 'clients' ? world.clients : world.queries
    link.disturb({ how, ms, amount } as Disturbance, fault.share, random)
    await sleep(ms)
  }

  const heal = async () => {
    await Promise.all(Object.values(queues))
    world.clients.heal()
    world.queries.heal()
  }
  return { inject, heal }
}

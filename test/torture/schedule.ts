import { createRandom, type Random } from './random.ts'

/** Everything that is broken on purpose. */
export const faultKinds = [
  'server.kill',
  'server.freeze',
  'database.kill',
  'database.immediate',
  'database.freeze',
  'clients.cut',
  'clients.reset',
  'clients.delay',
  'clients.throttle',
  'clients.blackhole',
  'clients.mute',
  'queries.cut',
  'queries.reset',
  'queries.delay',
  'queries.throttle',
  'queries.blackhole',
  'queries.mute',
  'queries.slam',
  'readers.freeze',
  'readers.reconnect',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** One thing that goes wrong. A `kill` leaves its victim dead for `ms`; everything else lasts `ms`. */
export interface Fault {
  /** Milliseconds after the start. */
  readonly at: number
  readonly fault: FaultKind
  readonly ms: number
  /** The share of connections or clients it strikes, 0 to 1. */
  readonly share: number
  /** Milliseconds of a delay; bytes a second of a throttle; 1 for a blackhole that ends in a reset; otherwise 0. */
  readonly amount: number
}

/** `mixed`: everything. `killer`: SIGKILL of the server every 5 s and of PostgreSQL every 15 s, nothing else. */
export type Plan = 'mixed' | 'killer'

const share = (random: Random) => random.between(20, 100) / 100

const describe = (fault: FaultKind, at: number, random: Random): Fault => {
  const [victim, how] = fault.split('.')
  if (how === 'kill' || how === 'immediate') return { at, fault, ms: random.between(0, 1500), share: 1, amount: 0 }
  if (how === 'freeze' && victim !== 'readers') {
    return { at, fault, ms: random.between(1000, 6000), share: 1, amount: 0 }
  }
  if (how === 'freeze') return { at, fault, ms: random.between(2000, 8000), share: share(random), amount: 0 }
  if (how === 'delay') {
    return { at, fault, ms: random.between(2000, 6000), share: share(random), amount: random.between(20, 400) }
  }
  if (how === 'throttle') {
    return { at, fault, ms: random.between(2000, 6000), share: share(random), amount: random.between(4, 64) * 1024 }
  }
  if (how === 'blackhole') {
    return { at, fault, ms: random.between(1000, 5000), share: share(random), amount: random.between(0, 1) }
  }
  if (how === 'mute') return { at, fault, ms: random.between(20, 1000), share: share(random), amount: 0 }
  if (how === 'slam') return { at, fault, ms: random.between(500, 3000), share: 1, amount: 0 }
  return { at, fault, ms: 0, share: share(random), amount: 0 }
}

const killer = (milliseconds: number): Fault[] => {
  const faults: Fault[] = []
  for (let at = 5000; at < milliseconds; at += 5000) {
    faults.push({ at, fault: 'server.kill', ms: 200, share: 1, amount: 0 })
    // Not at the same instant: the server must also die, and start, while the database is on its way up.
    if (at % 15_000 === 0) faults.push({ at: at + 300, fault: 'database.kill', ms: 500, share: 1, amount: 0 })
  }
  return faults
}

/**
 * What will go wrong, and when: computed before anything starts, so that a seed is a scenario.
 * Kinds are dealt like cards, a whole deck before the next one, so that none is missing from a long run.
 * @param seed the scenario's number
 * @param milliseconds how long the run is; the last tenth is left in peace
 */
export const createSchedule = (seed: number, milliseconds: number, plan: Plan = 'mixed'): Fault[] => {
  if (plan === 'killer') return killer(milliseconds)
  const random = createRandom(seed)
  // A short run is a compressed one: at least seven faults, and never more than about one in 5 s on average.
  const pause = Math.min(5000, milliseconds / 9)
  const faults: Fault[] = []
  let deck: FaultKind[] = []
  for (let at = pause / 2; at < milliseconds * 0.9; at += random.between(pause * 0.6, pause * 1.4)) {
    if (deck.length === 0) deck = random.shuffle(faultKinds)
    faults.push(describe(deck.pop() ?? 'server.kill', Math.round(at), random))
  }
  return faults
}

import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'

/** What a link does to the connections that are struck. */
export type Disturbance =
  | { readonly how: 'cut' }
  | { readonly how: 'reset' }
  | { readonly how: 'delay'; readonly ms: number; readonly amount: number }
  | { readonly how: 'throttle'; readonly ms: number; readonly amount: number }
  /** Nothing passes for `ms`; then everything held back does, or, with `amount` 1, the connection is reset. */
  | { readonly how: 'blackhole'; readonly ms: number; readonly amount: number }
  /** For `ms`, what the target answers is swallowed, then the connection is reset: done, and nobody heard of it. */
  | { readonly how: 'mute'; readonly ms: number }
  /** For `ms`, new connections are accepted and closed at once, and old ones are cut. */
  | { readonly how: 'slam'; readonly ms: number }

interface Pair {
  readonly near: net.Socket
  readonly far: net.Socket
  /** Until when, in milliseconds of `performance.now()`, each disturbance lasts. */
  held: number
  /** Swallows what the far end says. */
  muted: boolean
  delayed: number
  delay: number
  throttled: number
  rate: number
}

/** A TCP proxy of our own: one listening port before one target. */
export interface Link {
  readonly port: number
  /** Strikes each of the present connections with the probability `share`; what lasts also strikes new ones. */
  readonly disturb: (disturbance: Disturbance, share: number, random: Random) => void
  /** Strikes the one connection whose peer, as the target sees it, is at this port. */
  readonly disturbOne: (disturbance: Disturbance, peerPort: number) => void
  /** Ends every disturbance. */
  readonly heal: () => void
  readonly close: () => Promise<void>
}

/** Node never closes the handle of a socket that is reset after its end was sent. */
const slay = (socket: net.Socket) => {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

const reset = (pair: Pair) => {
  slay(pair.near)
  slay(pair.far)
}

/** Moves bytes one way, chunk by chunk, in order, and as slowly as the pair's disturbances ask. */
const pump = async (pair: Pair, from: net.Socket, to: net.Socket): Promise<void> => {
  // The other direction outlives this one's end: no destroying.
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    while (pair.held > performance.now()) await sleep(Math.min(50, Math.max(1, pair.held - performance.now())))
    if (pair.delayed > performance.now()) await sleep(pair.delay)
    if (pair.throttled > performance.now()) await sleep((chunk.length / pair.rate) * 1000)
    if (to.destroyed) return
    if (pair.muted && from === pair.far) continue
    if (!to.write(chunk))
      await new Promise<void>((resolve) => {
        const done = () => {
          to.off('drain', done)
          to.off('close', done)
          resolve()
        }
        to.on('drain', done)
        to.on('close', done)
      })
  }
  to.end()
}

/**
 * Opens a link on a free loopback port.
 * @param target where its connections lead; the port may be dead or alive, as the world has it
 */
export const openLink = async (target: { host: string; port: number }): Promise<Link> => {
  const pairs = new Set<Pair>()
  let slammed = 0
  /** What new connections are born with while it lasts. */
  let weather: Partial<Pair> = {}

  const connect = (near: net.Socket) => {
    near.on('error', () => near.destroy())
    if (slammed > performance.now()) {
      near.destroy()
      return
    }
    const far = net.connect({ ...target, noDelay: true, allowHalfOpen: true })
    far.on('error', () => slay(near))
    const still = { held: 0, muted: false, delayed: 0, delay: 0, throttled: 0, rate: 0 }
    const pair: Pair = { ...still, ...weather, near, far }
    pairs.add(pair)
    near.once('close', () => {
      pairs.delete(pair)
      far.destroy()
    })
    // What was already on its way is let through when one end dies: a sender's kernel would do the same.
    far.once('close', () => near.end())
    far.once('connect', () => {
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        pump(pair, from, to).catch(() => near.destroy())
      }
    })
  }

  const strike = (pair: Pair, disturbance: Disturbance, until: number) => {
    const { how } = disturbance
    if (how === 'reset') reset(pair)
    else if (how === 'cut' || how === 'slam') pair.near.destroy()
    else if (how === 'delay') Object.assign(pair, { delayed: until, delay: disturbance.amount })
    else if (how === 'throttle') Object.assign(pair, { throttled: until, rate: disturbance.amount })
    else {
      if (how === 'mute') pair.muted = true
      else pair.held = until
      if (how === 'mute' || disturbance.amount === 1) setTimeout(() => reset(pair), disturbance.ms).unref()
    }
  }

  const disturb: Link['disturb'] = (disturbance, share, random) => {
    const until = performance.now() + ('ms' in disturbance ? disturbance.ms : 0)
    for (const pair of pairs) if (random.next() < share) strike(pair, disturbance, until)
    if (disturbance.how === 'slam') slammed = until
    if (disturbance.how === 'delay') weather = { ...weather, delayed: until, delay: disturbance.amount }
    if (disturbance.how === 'throttle') weather = { ...weather, throttled: until, rate: disturbance.amount }
    if (disturbance.how === 'blackhole' && share === 1) weather = { ...weather, held: until }
  }

  const disturbOne: Link['disturbOne'] = (disturbance, peerPort) => {
    const until = performance.now() + ('ms' in disturbance ? disturbance.ms : 0)
    for (const pair of pairs) if (pair.far.localPort === peerPort) strike(pair, disturbance, until)
  }

  const heal = () => {
    weather = {}
    slammed = 0
    for (const pair of pairs) Object.assign(pair, { held: 0, delayed: 0, throttled: 0 })
  }

  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, connect)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  const { port } = server.address() as net.AddressInfo
  const close = async () => {
    for (const pair of pairs) reset(pair)
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, disturb, disturbOne, heal, close }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { messageRoom } from '../../../src/messages/body.ts'
import type { World } from '../world.ts'
import { stamped, template } from './frames.ts'
import { RawSocket, type Reading } from './raw-socket.ts'

const MAX_PAYLOAD_BYTES = 65_536
/** Sockets that are opened at a time. */
const OPENING = 100
/** Who sends to the frozen reader at a time. */
const SENDERS = 8
/** Mailboxes that the largest messages go to. */
const RECEIVERS = 20
/** The longest wait for what was sent to come through, in milliseconds. */
const PATIENCE = 300_000

/** What a phase works with. */
export interface Stage {
  readonly world: World
  readonly users: readonly string[]
  /** 1 is what the bound is claimed for. */
  readonly scale: number
  /** How long a flood lasts. */
  readonly seconds: number
}

/** What a phase has done: sockets that were open at once, ids that were acknowledged, ids that were delivered. */
export interface Trace {
  readonly sockets: number
  readonly acknowledged: readonly string[]
  /** Acknowledged messages that should have reached their receiver and have not, or twice. */
  readonly undelivered: number
}

const open = async ({ world, users }: Stage, from: number, count: number, after?: number): Promise<RawSocket[]> => {
  const sockets: RawSocket[] = []
  for (let first = from; first < from + count; first += OPENING) {
    const some = users.slice(first, Math.min(first + OPENING, from + count))
    const options = { port: world.server.port, ...(after !== undefined && { after }) }
    const opened = some.map((user) => RawSocket.open(user, { ...options, token: world.token(user) }))
    sockets.push(...(await Promise.all(opened)))
  }
  return sockets
}

const until = async (isDone: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE; !isDone() && Date.now() < deadline; ) await sleep(20)
}

const hangUp = (sockets: readonly RawSocket[]): void => {
  for (const socket of sockets) socket.destroy()
}

const idsOf = (sockets: readonly RawSocket[]): string[] => sockets.flatMap(({ own }) => own)

/** 5,000 sockets that say nothing. */
export const idle = async (stage: Stage): Promise<Trace> => {
  const sockets = await open(stage, 0, Math.round(5_000 * stage.scale))
  await sleep(stage.seconds * 1000)
  hangUp(sockets)
  return { sockets: sockets.length, acknowledged: [], undelivered: 0 }
}

/** 100,000 messages for one reader who has stopped reading, and then reads on, or comes again. */
export const frozenReader = async (stage: Stage): Promise<Trace> => {
  const [reader] = await open(stage, 0, 1, 0)
  const senders = await open(stage, 1, SENDERS)
  const each = Math.ceil((100_000 * stage.scale) / SENDERS)
  reader?.read('frozen')
  const send = async (sender: RawSocket): Promise<void> => {
    const frame = template(stage.users[0] as string, 200)
    let sent = 0
    await sender.flood(() => {
      if (sent >= each) return undefined
      sent += 50
      return stamped(frame, sent, 50)
    })
    await until(() => sender.own.length >= sent)
  }
  await Promise.all(senders.map(send))
  const acknowledged = idsOf(senders)
  reader?.read('fast')
  const seen = reader?.others ?? []
  await until(() => seen.length >= acknowledged.length || reader?.isGone === true)
  if (seen.length < acknowledged.length) {
    // He was given up, as the contract says, and has all up to where his mailbox ended for him.
    const [again] = await open(stage, 0, 1, seen.length)
    await until(() => (again?.others.length ?? 0) >= acknowledged.length - seen.length)
    seen.push(...(again?.others ?? []))
    hangUp(again ? [again] : [])
  }
  hangUp([...senders, ...(reader ? [reader] : [])])
  const undelivered = acknowledged.length - new Set(seen).size + Math.abs(seen.length - acknowledged.length)
  return { sockets: SENDERS + 1, acknowledged, undelivered }
}

const flood = async (
  stage: Stage,
  readings: readonly Reading[],
  makeNext: (place: number, count: number) => () => Buffer,
): Promise<Trace> => {
  const count = Math.round(1_000 * stage.scale)
  const sockets = await open(stage, 0, count)
  for (const [place, socket] of sockets.entries()) socket.read(readings[place % readings.length] as Reading)
  const deadline = Date.now() + stage.seconds * 1000
  const floods = sockets.map((socket, place) => {
    const next = makeNext(place, count)
    return socket.flood(() => (Date.now() < deadline ? next() : undefined))
  })
  await sleep(stage.seconds * 1000)
  // Where the machine has stood still meanwhile, there may be none yet.
  await until(() => sockets.some(({ own }) => own.length > 0))
  hangUp(sockets)
  await Promise.all(floods)
  return { sockets: count, acknowledged: idsOf(sockets), undelivered: 0 }
}

/** 1,000 sockets that send as fast as they are read; every second one reads nothing. */
export const floods = (stage: Stage): Promise<Trace> =>
  flood(stage, ['fast', 'frozen'], (place, count) => {
    const frame = template(stage.users[(place + 1) % count] as string, 100)
    let sent = 0
    return () => {
      sent += 64
      return stamped(frame, sent, 64)
    }
  })

/** 1,000 sockets with the largest payloads, every second of them in the largest frame; few read what comes. */
export const largestFrames = (stage: Stage): Promise<Trace> => {
  const frames = new Map<string, ReturnType<typeof template>>()
  return flood(stage, ['fast', 'frozen', { bytesPerSecond: 65_536 }], (place, count) => {
    const receiver = stage.users[(place + 1) % Math.min(count, RECEIVERS)] as string
    const length = place % 2 === 0 ? 0 : messageRoom(MAX_PAYLOAD_BYTES)
    const key = `${receiver}/${length}`
    const frame = frames.get(key) ?? template(receiver, MAX_PAYLOAD_BYTES, length)
    frames.set(key, frame)
    let sent = 0
    return () => stamped(frame, sent++, 1)
  })
}

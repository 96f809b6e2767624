import type { EventEmitter } from 'node:events'
import * as fc from 'fast-check'
import t from 'tap'
import * as ws from 'ws'
import { FrameReader } from '../../src/realtime/frame-reader.ts'

const MAX = 70_000

interface Frame {
  first: number
  content: Uint8Array
  mask: Uint8Array | undefined
}

/** A frame as it is on the wire (RFC 6455, section 5.2). */
function encode({ first, content, mask }: Frame): Buffer {
  const { length } = content
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = first
  head[1] = (mask === undefined ? 0 : 0x80) | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2)
  else if (length >= 126) head.writeUInt16BE(length, 2)
  const masked = mask === undefined ? content : content.map((byte, place) => byte ^ (mask[place & 3] as number))
  return Buffer.concat([head, mask ?? Buffer.alloc(0), masked])
}

/** ws's own reader, as a server uses it, and what it has told. */
function startWs() {
  const Receiver = (ws as unknown as { Receiver: new (options: object) => EventEmitter & NodeJS.WritableStream })
    .Receiver
  const receiver = new Receiver({ isServer: true, maxPayload: MAX, allowSynchronousEvents: true })
  const events: string[] = []
  const note = (kind: string) => (data?: Buffer | Error, isBinary?: boolean) =>
    events.push(`${kind} ${data instanceof Error ? data.message : (data?.toString('hex') ?? '')} ${isBinary ?? ''}`)
  receiver.on('message', (data: Buffer, isBinary: boolean) => note(isBinary ? 'binary' : 'text')(data))
  for (const kind of ['ping', 'pong', 'error']) receiver.on(kind, (data) => note(kind)(data))
  receiver.on('conclude', (code: number) => events.push(`close ${code}`))
  return { receiver, events, note }
}

/** What ws tells of these bytes by itself, and with our reader in front of it. */
async function readBoth(chunks: readonly Buffer[]) {
  const alone = startWs()
  const behind = startWs()
  const reader = new FrameReader({
    maxBytes: MAX,
    onText: (content) => void behind.note('text')(content),
    onPong: (content) => void behind.note('pong')(content),
    passOn: (bytes) => void behind.receiver.write(bytes),
  })
  const isOver = ({ events }: { events: string[] }) => events.some((event) => /^(error|close)/.test(event))
  for (const chunk of chunks) {
    if (!isOver(alone)) alone.receiver.write(Buffer.from(chunk))
    // Ours may see a mistake later, when it has the whole header.
    if (!isOver(behind)) reader.read(Buffer.from(chunk))
    await new Promise(setImmediate)
  }
  return { alone: alone.events, behind: behind.events }
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' })
const text = fc.string({ unit: 'binary', maxLength: 300, size: 'max' }).map((value) => new TextEncoder().encode(value))
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const length = fc.constantFrom(0, 1, 3, 125, 126, 127, 255, 256, 257, 4_000, 65_535, 65_536, MAX, MAX + 1)
/** ASCII but for one byte, perhaps. */
const long = fc.tuple(length, fc.nat(), fc.nat(255)).map(([size, place, byte]) => {
  const content = new Uint8Array(size).fill(0x61)
  if (size > 0) content[place % size] = byte
  return content
})
const content = fc.oneof({ weight: 6, arbitrary: text }, { weight: 2, arbitrary: long }, bytes(300))
const common = fc.record({ first: fc.constantFrom(0x81, 0x8a), content: fc.oneof(text, long, bytes(125)), mask })
const any = fc.record({
  first: fc.oneof(fc.constantFrom(0x01, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0x91, 0x83), fc.nat(255)),
  content: fc.oneof(content, bytes(10)),
  mask: fc.option(mask, { nil: undefined, freq: 12 }),
})
/** A message in parts, with a pong between them. */
const parts = fc.tuple(text, text, bytes(20), mask).map(([one, two, pong, mask]) => [
  { first: 0x01, content: one, mask },
  { first: 0x8a, content: pong, mask },
  { first: 0x80, content: two, mask },
])
const single = fc.oneof({ weight: 40, arbitrary: common }, any).map((frame) => [frame])
const frames = fc.array(fc.oneof({ weight: 6, arbitrary: single }, parts), { maxLength: 12 }).map((list) => list.flat())

t.test('whatever a client sends, however it is cut up, is read as ws reads it', async (t) => {
  let read = 0
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.nat(400), { maxLength: 40 }), async (list, cuts) => {
      const wire = Buffer.concat(list.map(encode))
      const chunks: Buffer[] = []
      let at = 0
      for (const cut of cuts) {
        chunks.push(wire.subarray(at, at + cut))
        at += cut
      }
      chunks.push(wire.subarray(at))
      const { alone, behind } = await readBoth(chunks.filter(({ length }) => length > 0))
      read += alone.length
      const last = alone.at(-1) ?? ''
      if (!/^(error|close)/.test(last)) return alone.join('\n') === behind.join('\n')
      // What comes behind a mistake is nobody's concern any more.
      return behind.slice(0, alone.length - 1).join('\n') === alone.slice(0, -1).join('\n') && behind.includes(last)
    }),
    { numRuns: 2_000 },
  )
  t.ok(read > 1_000, `${read} frames`)
})

t.test('texts that come one byte at a time, and many at once', async (t) => {
  const mask = Uint8Array.of(1, 2, 3, 4)
  const wire = Buffer.concat(
    ['a', '', 'é漢😀', 'x'.repeat(130), 'y'.repeat(70_000)].map((value) =>
      encode({ first: 0x81, content: Buffer.from(value), mask }),
    ),
  )
  const bitwise = await readBoth([...wire.subarray(0, 500)].map((byte) => Buffer.of(byte)))
  t.same(bitwise.behind, bitwise.alone)
  t.equal(bitwise.behind.length, 4)
  const whole = await readBoth([wire])
  t.same(whole.behind, whole.alone)
  t.equal(whole.behind.length, 5)
})

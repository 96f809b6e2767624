import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { TransientMessage } from '../../schemas/frame.ts'
import { Message } from '../../schemas/message.ts'
import { compile } from '../../src/http/validation.ts'
import type { ReadMessage } from '../../src/messages/message.ts'
import { encodeAnswer, encodeMessage, encodeMessages } from '../../src/messages/message-json.ts'
import { type Frame, jsonFrame, MessageCopies } from '../../src/realtime/frame.ts'

const isMessage = compile(Message)
const isTransient = compile(TransientMessage)

const timestamp = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().replace('Z', '123Z'))
const fields = {
  id: fc.uuid(),
  sender_id: fc.uuid(),
  receiver_id: fc.uuid(),
  payload: fc.uint8Array({ maxLength: 400, size: 'max' }).map((bytes) => Buffer.from(bytes)),
  created_at: timestamp,
}
const stored = fc
  .tuple(fc.record({ ...fields, seq: fc.nat(Number.MAX_SAFE_INTEGER) }), fc.boolean())
  .map(([message, isAtHand]): ReadMessage => {
    const payloadJson = Buffer.from(JSON.stringify([...message.payload]))
    return isAtHand ? { ...message, payloadJson } : message
  })

/** What its JSON stands for. */
const plain = <M extends Omit<ReadMessage, 'seq'>>({ payloadJson: _, ...message }: M) => ({
  ...message,
  payload: [...message.payload],
})

t.test('a message is encoded as JSON.stringify does it, and as the schema says', async () => {
  fc.assert(
    fc.property(stored, (message) => {
      const json = encodeMessage(message, message.seq).toString()
      deepStrictEqual(json, JSON.stringify(plain(message)))
      deepStrictEqual(encodeAnswer(message, message.seq).toString(), json)
      return isMessage(JSON.parse(json))
    }),
    { numRuns: 300 },
  )
})

t.test('so is a list of them', async () => {
  fc.assert(
    fc.property(fc.array(stored, { maxLength: 4 }), (messages) => {
      deepStrictEqual(encodeMessages(messages).toString(), JSON.stringify(messages.map(plain)))
    }),
  )
})

/** The text of a frame, by the lengths of RFC 6455, section 5.2. */
function textOf(laidOut: Frame, margin = 3): string {
  const target = Buffer.alloc(margin + laidOut.length + margin)
  const end = laidOut.write(target, margin)
  if (end !== margin + laidOut.length) throw new Error('the length that was announced is not that of the frame')
  const frame = target.subarray(margin, end)
  const [opcode, length] = frame
  const [start, announced] =
    length === 127 ? [10, Number(frame.readBigUInt64BE(2))] : length === 126 ? [4, frame.readUInt16BE(2)] : [2, length]
  if (opcode !== 0x81 || announced !== frame.length - start) throw new Error('not one whole text frame')
  return frame.toString('utf8', start)
}

t.test('the frame of a message holds the same text, with the number of each reader', async (t) => {
  const sizes = [0, 1, 400, 20_000, 65_536]
  for (const size of sizes) {
    const message = {
      id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42',
      sender_id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a43',
      receiver_id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a44',
      payload: Buffer.alloc(size, 255),
      created_at: '2026-02-03T10:00:00.123456Z',
    }
    const copies = new MessageCopies(message)
    for (const seq of [1, 9_007_199_254_740_991]) {
      t.equal(textOf(copies.frame(seq)), JSON.stringify({ ...plain(message), seq }))
    }
    const unstored = textOf(copies.frame(undefined))
    t.equal(unstored, JSON.stringify({ ...plain(message), persisted: false }))
    t.ok(isTransient(JSON.parse(unstored)))
  }
})

t.test('small frames of any length are whole', async () => {
  for (const length of [0, 100, 110, 114, 115, 116, 200, 65_523, 65_524, 65_525]) {
    const value = { text: 'x'.repeat(length) }
    if (textOf(jsonFrame(value)) !== JSON.stringify(value)) throw new Error(`broken at ${length}`)
  }
  textOf(jsonFrame({ text: 'ж🐎' }))
})

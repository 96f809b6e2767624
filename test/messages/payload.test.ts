import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { payloadRoom, readPayload, writePayload } from '../../src/messages/payload.ts'

const bytes = fc.uint8Array({ maxLength: 300, size: 'max' })

/** The JSON that is written, and whether the bytes around its room stayed as they were. */
function write(payload: Uint8Array, margin: number) {
  const target = Buffer.alloc(margin + payloadRoom(payload.length) + margin, 0xaa)
  const end = writePayload(target, margin, payload)
  const around = [...target.subarray(0, margin), ...target.subarray(margin + payloadRoom(payload.length))]
  return { json: target.toString('latin1', margin, end), isClean: around.every((byte) => byte === 0xaa) }
}

t.test('every byte is written as JSON.stringify writes it', async (t) => {
  for (let byte = 0; byte < 256; byte++) {
    t.equal(write(Uint8Array.of(byte), 1).json, JSON.stringify([byte]))
    t.equal(write(Uint8Array.of(byte, byte), 1).json, JSON.stringify([byte, byte]))
  }
  t.equal(write(new Uint8Array(), 1).json, '[]')
})

t.test('any payload is written as JSON.stringify writes it, within its room', async (t) => {
  fc.assert(
    fc.property(bytes, fc.nat(20), (payload, margin) => {
      const { json, isClean } = write(payload, margin)
      return json === JSON.stringify([...payload]) && isClean
    }),
  )
  t.pass()
})

t.test('a payload can be written into a view that does not start at the start of its memory', async (t) => {
  const memory = Buffer.alloc(64)
  const end = writePayload(memory.subarray(16), 2, Uint8Array.of(7, 255))
  t.equal(memory.toString('latin1', 18, 16 + end), '[7,255]')
})

t.test('what was written is read back, whatever white space is put in', async () => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 })
  fc.assert(
    fc.property(bytes, fc.infiniteStream(space), (payload, spaces) => {
      const next = () => String(spaces.next().value)
      const items = [...payload].map((byte) => `${next()}${byte}${next()}`)
      const json = Buffer.from(`[${next()}${items.join(',')}]!`)
      const scratch = Buffer.alloc(payload.length)
      const { length, end } = readPayload(json, 1, scratch, 0, scratch.length) ?? {}
      deepStrictEqual({ length, end }, { length: payload.length, end: json.length - 1 })
      return scratch.equals(payload)
    }),
  )
})

t.test('nothing is read beyond the room for it or the end of the text', async (t) => {
  t.equal(readPayload(Buffer.from('[1,2,3]'), 1, Buffer.alloc(3), 0, 2), undefined)
  t.match(readPayload(Buffer.from('[]'), 1, Buffer.alloc(0), 0, 0), { length: 0, end: 2 })
  for (const text of ['[', '[ ', '[1', '[1,', '[12 ', '[1, ', '[255', '[256]', '[01]', '[1234]', '[a]', '[-1]']) {
    t.equal(readPayload(Buffer.from(text), 1, Buffer.alloc(8), 0, 8), undefined, text)
  }
})

t.test('nothing but a number is taken for one', async (t) => {
  // Every text of four characters that numbers, commas and their neighbours in ASCII make.
  const characters = Buffer.from(' +,-./0123456789:;<eE[]')
  const scratch = Buffer.alloc(8)
  let wrong = 0
  for (let place = 0; place < characters.length ** 4; place++) {
    let rest = place
    const text = Buffer.from('[----7]')
    for (let at = 1; at <= 4; at++) {
      text[at] = characters[rest % characters.length] as number
      rest = Math.floor(rest / characters.length)
    }
    const read = readPayload(text, 1, scratch, 0, 8)
    if (read === undefined) continue
    const expected: number[] = JSON.parse(text.toString('latin1', 0, read.end))
    if (String(expected) !== String([...scratch.subarray(0, read.length)])) wrong += 1
  }
  t.equal(wrong, 0)
})

import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { type NewMessage, newMessage } from '../../schemas/message.ts'
import { compile } from '../../src/http/validation.ts'
import { createMessageParser } from '../../src/messages/parse.ts'
import { anyText, MAX, plainText } from './texts.ts'

const recognize = createMessageParser(MAX)
const isNewMessage = compile(newMessage(MAX))

/** What `JSON.parse` and the schema make of a text. */
function parsed(text: Buffer): NewMessage | undefined {
  try {
    const value: unknown = JSON.parse(text.toString())
    return isNewMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

t.test('whatever it recognizes, JSON.parse and the schema read in the same way', async (t) => {
  let recognized = 0
  const property = fc.property(anyText, (text) => {
    const message = recognize(text)
    if (message === undefined) return
    recognized += 1
    const { payload, payloadJson, receiver_id, id } = message
    deepStrictEqual({ receiver_id, payload: [...payload], ...(id !== undefined && { id }) }, parsed(text))
    const written = JSON.stringify([...payload])
    // What is passed through is what would be written.
    deepStrictEqual(payloadJson?.toString() ?? written, written)
  })
  fc.assert(property, { numRuns: 3_000 })
  t.ok(recognized > 300, `${recognized} of 3,000 recognized`)
})

t.test('it recognizes every message in its plain form', async () => {
  fc.assert(
    fc.property(plainText, (text) => recognize(Buffer.from(text)) !== undefined),
    { numRuns: 1_000 },
  )
})

t.test('it recognizes no text that is cut short anywhere', async (t) => {
  const text = Buffer.from(
    '{"id":"0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42","receiver_id":"0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42","payload":[1,22,255]}',
  )
  t.ok(recognize(text))
  for (let length = 0; length < text.length; length++) {
    t.equal(recognize(text.subarray(0, length)), undefined, text.toString('latin1', 0, length))
  }
})

t.test('a payload keeps its bytes when the next one is read', async (t) => {
  const read = (bytes: number[]) =>
    recognize(Buffer.from(`{"receiver_id":"0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42","payload":${JSON.stringify(bytes)}}`))
  const first = read([1, 2, 3])
  read([9, 9, 9])
  t.same([...(first?.payload ?? [])], [1, 2, 3])
})

t.test('it reads up to the largest payload and leaves anything larger to the schema', async (t) => {
  const text = (length: number) =>
    Buffer.from(
      JSON.stringify({
        receiver_id: '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42',
        payload: Array.from({ length }, () => 255),
      }),
    )
  const large = createMessageParser(65_536)
  t.equal(large(text(65_536))?.payload.length, 65_536)
  t.equal(large(text(65_537)), undefined)
})

import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { newMessage } from '../../schemas/message.ts'
import { compile, explain } from '../../src/http/validation.ts'
import { createFrameReader, MessageRefusal } from '../../src/messages/body.ts'
import { anyText, MAX } from './texts.ts'

const read = createFrameReader(MAX)
const isNewMessage = compile(newMessage(MAX))
const id = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'

/** What a reader does without a quick way: the message, or the words of the refusal. */
function slowly(text: Buffer): object | string {
  let value: unknown
  try {
    value = JSON.parse(text.toString())
  } catch {
    return 'frame is not valid JSON'
  }
  return isNewMessage(value) ? value : explain(isNewMessage.errors, 'frame')
}

function quickly(text: Buffer): object | string {
  try {
    const { payload, receiver_id, id } = read(text)
    return { receiver_id, payload: [...payload], ...(id !== undefined && { id }) }
  } catch (error) {
    if (error instanceof MessageRefusal) return error.message
    throw error
  }
}

/** Numbers as they are stored: a payload has no minus zero, and 1.0 is 1. */
const asBytes = (message: object | string) =>
  typeof message === 'string'
    ? message
    : { ...message, payload: [...Buffer.from((message as { payload: number[] }).payload)] }

t.test('the frame reader accepts and refuses what JSON.parse and the schema do, in the same words', async (t) => {
  const counts = { accepted: 0, refused: 0 }
  const property = fc.property(anyText, (text) => {
    const expected = asBytes(slowly(text))
    counts[typeof expected === 'string' ? 'refused' : 'accepted'] += 1
    deepStrictEqual(quickly(text), expected)
  })
  fc.assert(property, { numRuns: 5_000 })
  t.ok(counts.accepted > 500 && counts.refused > 500, JSON.stringify(counts))
})

const message = (payload: string, more = '') => Buffer.from(`{"receiver_id":"${id}","payload":${payload}${more}}`)

t.test('numbers in any form of JSON are taken by their value', async (t) => {
  for (const [text, bytes] of Object.entries({
    '[1e2]': [100],
    '[-0]': [0],
    '[1.0, 2.55e2]': [1, 255],
    ' [ \t1\r\n,2 ] ': [1, 2],
    '[]': [],
  })) {
    t.same([...read(message(text)).payload], bytes, text)
  }
})

t.test('anything else in a payload is refused with its place', async (t) => {
  for (const [text, error] of Object.entries({
    '[1,-1]': 'payload/1 must be >= 0',
    '[256]': 'payload/0 must be <= 255',
    '[1.5]': 'payload/0 must be integer',
    '["1"]': 'payload/0 must be integer',
    '[null]': 'payload/0 must be integer',
    '[true]': 'payload/0 must be integer',
    '[[1]]': 'payload/0 must be integer',
    '"1"': 'payload must be array',
    '{}': 'payload must be array',
    null: 'payload must be array',
    '[1,2,3,4,5,6,7,8,9]': 'payload must NOT have more than 8 items',
    '[01]': 'frame is not valid JSON',
    '[1,]': 'frame is not valid JSON',
    '[,1]': 'frame is not valid JSON',
    '[1': 'frame is not valid JSON',
  })) {
    t.equal(quickly(message(text)), error, text)
  }
})

t.test('of a repeated key the last one counts, as in JSON.parse, and escapes in keys are read', async (t) => {
  t.same([...read(message('[1]', ',"payload":[2]')).payload], [2])
  t.equal(read(message('[1]', ',"i\\u0064":"0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42"')).id, id)
  t.equal(quickly(message('[1]', ',"payload":"x"')), 'payload must be array')
})

t.test('a refusal carries the id of the frame where that is one', async (t) => {
  const idOf = (text: Buffer) => {
    try {
      read(text)
    } catch (error) {
      return (error as MessageRefusal).id
    }
    return 'accepted'
  }
  t.equal(idOf(message('[256]', `,"id":"${id}"`)), id)
  for (const other of ['', ',"id":1', ',"id":"x"', `,"id":"${id.toUpperCase()}"`, ',"id":null']) {
    t.equal(idOf(message('[256]', other)), undefined, other)
  }
})

t.test('deep nesting is refused like any other text', async (t) => {
  const depth = 100_000
  t.equal(quickly(message(`${'['.repeat(depth)}${']'.repeat(depth)}`)), 'payload/0 must be integer')
  t.equal(quickly(Buffer.from('{"a":'.repeat(depth))), 'frame is not valid JSON')
})

t.test('bytes that are no UTF-8, and a byte order mark, are refused', async (t) => {
  const text = message('[1]')
  t.equal(quickly(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text])), 'frame is not valid JSON')
  t.equal(quickly(Buffer.concat([text, Buffer.from([0xff])])), 'frame is not valid JSON')
  t.equal(
    quickly(Buffer.concat([Buffer.from('{"\xff":1,', 'latin1'), text.subarray(1)])),
    'frame must NOT have the property "�"',
  )
})

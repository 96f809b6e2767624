import { randomUUID } from 'node:crypto'
import t from 'tap'
import { readPayload, writePayload } from './payload.ts'

t.test('a payload says whose it is, and a changed byte shows', async (t) => {
  for (const length of [16, 17, 1000]) {
    const id = randomUUID()
    const payload = writePayload(id, length)
    t.equal(payload.length, length)
    t.ok(payload.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255))
    t.equal(readPayload(payload), id)
    t.equal(readPayload(Buffer.from(payload)), id)
    t.not(readPayload(payload.with(length - 1, ((payload[length - 1] ?? 0) + 1) & 255)), id)
  }
  t.equal(readPayload([1, 2, 3]), undefined)
})

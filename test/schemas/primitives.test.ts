import * as fc from 'fast-check'
import t from 'tap'
import { Id, payload, Seq, Timestamp } from '../../schemas/primitives.ts'
import { compile } from '../../src/http/validation.ts'

const MAX = 8
const isPayload = compile(payload(MAX))
const isId = compile(Id)
const isSeq = compile(Seq)
const isTimestamp = compile(Timestamp)

/** A payload by the words of the contract. */
const isByte = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
const isPayloadByHand = (value: unknown) => Array.isArray(value) && value.length <= MAX && value.every(isByte)

t.test('a payload is an array of integers from 0 to 255, up to its largest length, and nothing else', async (t) => {
  const number = fc.oneof(
    fc.integer({ min: -2, max: 258 }),
    fc.double(),
    fc.constantFrom(-0, 0.5, 255.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
  )
  const item = fc.oneof(
    { weight: 9, arbitrary: fc.nat(255) },
    { weight: 1, arbitrary: fc.oneof(number, fc.jsonValue()) },
  )
  const value = fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: MAX + 2 }) }, fc.jsonValue())
  let accepted = 0
  fc.assert(
    fc.property(value, (each) => {
      const expected = isPayloadByHand(each)
      accepted += expected ? 1 : 0
      return isPayload(each) === expected
    }),
    { numRuns: 2_000 },
  )
  t.ok(accepted > 200, `${accepted} accepted`)
})

t.test('an id is a UUID in lower case and nothing else', async (t) => {
  fc.assert(fc.property(fc.uuid(), (id) => isId(id)))
  const id = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'
  const others = [
    '',
    id.toUpperCase(),
    `{${id}}`,
    `urn:uuid:${id}`,
    `${id}\n`,
    `\n${id}`,
    ` ${id}`,
    id.slice(1),
    `${id}0`,
  ]
  for (const other of [...others, id.replaceAll('-', ''), id.replace('0', 'g'), null, 1, [id]]) {
    t.notOk(isId(other), JSON.stringify(other))
  }
})

t.test('a place in a mailbox is a whole number that JSON can say exactly', async (t) => {
  for (const seq of [0, 1, Number.MAX_SAFE_INTEGER]) t.ok(isSeq(seq))
  for (const other of [-1, 0.5, 2 ** 53, '1', null, Number.NaN]) t.notOk(isSeq(other), String(other))
})

t.test('a timestamp is RFC 3339', async (t) => {
  for (const time of ['2026-02-03T10:00:00.123456Z', '2026-02-03T10:00:00.123Z']) t.ok(isTimestamp(time))
  for (const other of ['', 'now', '2026-02-03', '2026-02-30T10:00:00Z', '2026-02-03T10:00:00', 0])
    t.notOk(isTimestamp(other))
})

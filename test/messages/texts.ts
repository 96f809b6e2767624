import * as fc from 'fast-check'

/** The largest payload in these texts, small so that they often stand at the edge. */
export const MAX = 8

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 })
const uuid = fc.uuid()
const byte = fc.nat(255).map(String)
const odd = fc.constantFrom(
  ...['-0', '01', '00', '1.0', '1e2', '1E+2', '2.55e2', '0e9', '256', '999', '1000', '-1', '1.5', '1e3', '1e400', '+1'],
  ...['.5', '1.', '0x1', 'NaN', '"1"', 'null', 'true', '[]', '[1]', '{}', '', '1 2', '１'],
)
const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''))

const arrayOf = (item: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(spaced(item), { maxLength }).map((items) => `[${items.join(',')}]`)
const quotedId = uuid.map((id) => `"${id}"`)
const oddId = fc.oneof(
  uuid.map((id) => `"${id.toUpperCase()}"`),
  uuid.map((id) => `"\\u003${id.slice(1)}"`),
  uuid.map((id) => `"${id}0"`),
  uuid.map((id) => `"${id.slice(1)}"`),
  uuid.map((id) => `"${id.replaceAll('-', '')}"`),
  uuid.map((id) => `${id}`),
  fc.constantFrom('null', '1', '""', '[]', '{"a":1}', '"🐎"', '"\ud83d"', '"\u0000"'),
)

const entry = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(spaced(key), spaced(value)).map((parts) => parts.join(':'))
const objectOf = (entries: fc.Arbitrary<string[]>) => spaced(entries.map((each) => `{${each.join(',')}}`))
const shuffled = (entries: string[]) => fc.shuffledSubarray(entries, { minLength: entries.length })
const key = (name: string) => fc.constant(`"${name}"`)

/** A new message in its plain form: the three fields in any order, white space anywhere. */
export const plainText = objectOf(
  fc
    .tuple(
      entry(key('receiver_id'), quotedId),
      entry(key('payload'), arrayOf(byte, MAX)),
      fc.option(entry(key('id'), quotedId)),
    )
    .chain((fields) => shuffled(fields.filter((field) => field !== null))),
)

const anyKey = fc.constantFrom(
  ...['"receiver_id"', '"payload"', '"id"', '"i\\u0064"', '"p\\u0061yload"', '"Id"', '"x"', '""', '"__proto__"'],
  ...['"constructor"', '"payload "', "'id'", 'id'],
)

/** What is like a new message: odd numbers, odd ids, unknown, repeated and missing fields. */
export const similarText = objectOf(
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: entry(key('receiver_id'), quotedId) },
      {
        weight: 6,
        arbitrary: entry(
          key('payload'),
          arrayOf(fc.oneof({ weight: 6, arbitrary: byte }, { weight: 1, arbitrary: odd }), MAX + 1),
        ),
      },
      { weight: 3, arbitrary: entry(key('id'), quotedId) },
      { weight: 2, arbitrary: entry(anyKey, fc.oneof(quotedId, oddId, odd, arrayOf(byte, 3))) },
    ),
    { minLength: 1, maxLength: 5 },
  ),
)

interface Change {
  at: number
  kind: 'delete' | 'insert' | 'replace' | 'cut' | 'double'
  byte: number
}

/** One change of a text at a place; `at` is a fraction of its length. */
function apply(text: Buffer, { at, kind, byte: value }: Change): Buffer {
  const place = Math.floor(at * (text.length + 1))
  const [head, tail] = [text.subarray(0, place), text.subarray(place)]
  const one = Buffer.from([value])
  if (kind === 'delete') return Buffer.concat([head, tail.subarray(1)])
  if (kind === 'insert') return Buffer.concat([head, one, tail])
  if (kind === 'replace') return Buffer.concat([head, one, tail.subarray(1)])
  return kind === 'cut' ? head : Buffer.concat([text, tail])
}

const change = fc.record<Change>({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom('delete', 'insert', 'replace', 'cut', 'double'),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('[]{},:"\\ 0123456789eE.-u'))),
})

/** A message changed at a few places, down to bytes that are no UTF-8. */
export const mutatedText = fc
  .tuple(fc.oneof(plainText, similarText), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) => changes.reduce(apply, Buffer.from(text)))

/** Any of them, as bytes. */
export const anyText = fc.oneof(
  plainText.map((text) => Buffer.from(text)),
  similarText.map((text) => Buffer.from(text)),
  mutatedText,
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)

import t from 'tap'
import { Id } from '../schemas/primitives.ts'
import { createUuid } from '../src/uuid.ts'

t.test('ids are UUIDs of version 7 that begin with the time, and none comes twice', async (t) => {
  const before = Date.now()
  const ids = Array.from({ length: 20_000 }, createUuid)
  const after = Date.now()
  t.equal(new Set(ids).size, ids.length)
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  const schema = new RegExp(Id.pattern ?? 'none')
  t.same(
    ids.filter((id) => !form.test(id) || !schema.test(id)),
    [],
  )
  const times = ids.map((id) => Number.parseInt(id.slice(0, 13).replace('-', ''), 16))
  t.ok(times.every((time) => time >= before && time <= after))
})

t.test('all digits that chance decides take all their values', async (t) => {
  const seen = Array.from({ length: 36 }, () => new Set<string>())
  for (let count = 0; count < 2_000; count++)
    for (const [place, digit] of [...createUuid()].entries()) seen[place]?.add(digit)
  const sizes = seen.map(({ size }) => size).slice(14)
  t.same(sizes, [1, 16, 16, 16, 1, 4, 16, 16, 16, 1, ...Array.from({ length: 12 }, () => 16)])
})

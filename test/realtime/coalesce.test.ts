import t from 'tap'
import { coalesce } from '../../src/realtime/coalesce.ts'
import { createTurnstile } from '../../src/realtime/turnstile.ts'

/** A look-up that answers when it is told to. */
function start(most: number) {
  const asked: { keys: readonly string[]; answer: () => void; fail: () => void }[] = []
  const lookUp = (keys: readonly string[]) =>
    new Promise<Map<string, string>>((resolve, reject) => {
      asked.push({
        keys,
        answer: () => resolve(new Map(keys.filter((key) => key !== 'nobody').map((key) => [key, `${key}!`]))),
        fail: () => reject(new Error('away')),
      })
    })
  return { find: coalesce(lookUp, most), asked }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('what is asked while a look-up is under way goes into the next, each key once', async (t) => {
  const { find, asked } = start(10)
  const first = [find('a'), find('b'), find('a'), find('nobody')]
  await turn()
  const second = [find('a'), find('c')]
  await turn()
  t.same(
    asked.map(({ keys }) => keys),
    [['a', 'b', 'nobody']],
  )
  asked[0]?.answer()
  t.same(await Promise.all(first), ['a!', 'b!', 'a!', undefined])
  await turn()
  t.same(asked[1]?.keys, ['a', 'c'], 'a newer question gets a newer answer')
  asked[1]?.answer()
  t.same(await Promise.all(second), ['a!', 'c!'])
})

t.test('no look-up is larger than may be', async (t) => {
  const { find, asked } = start(2)
  const answers = ['a', 'b', 'c'].map((key) => find(key))
  await turn()
  asked[0]?.answer()
  await turn()
  asked[1]?.answer()
  t.same(await Promise.all(answers), ['a!', 'b!', 'c!'])
  t.same(
    asked.map(({ keys }) => keys.length),
    [2, 1],
  )
})

t.test('a failure fails everybody who waits, and nobody who comes later', async (t) => {
  const { find, asked } = start(1)
  const waiting = [find('a'), find('b')]
  await turn()
  asked[0]?.fail()
  for (const each of waiting) await t.rejects(each, { message: 'away' })
  const later = find('c')
  await turn()
  asked[1]?.answer()
  t.equal(await later, 'c!')
})

t.test('a turnstile lets a few in at a time, in order, whatever becomes of them', async (t) => {
  const enter = createTurnstile(2)
  const events: string[] = []
  const doors: (() => void)[] = []
  const visits = ['a', 'b', 'c', 'd'].map((name, place) =>
    enter(async () => {
      events.push(name)
      await new Promise<void>((resolve) => {
        doors[place] = resolve
      })
      if (name === 'b') throw new Error('b fell')
      return name
    }),
  )
  await turn()
  t.same(events, ['a', 'b'])
  doors[1]?.()
  await t.rejects(Promise.all(visits.slice(1, 2)), { message: 'b fell' })
  await turn()
  t.same(events, ['a', 'b', 'c'])
  doors[0]?.()
  doors[2]?.()
  await turn()
  doors[3]?.()
  t.same([await visits[0], await visits[2], await visits[3]], ['a', 'c', 'd'])
})

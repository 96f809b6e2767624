import fc from 'fast-check'
import t from 'tap'
import { foldUsername, isUsername, normalizeUsername, prefixEnd } from '../../src/users/username.ts'

const text = fc.string({ unit: 'binary' })
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

t.test('names that people have are names', async (t) => {
  for (const name of ['ann', 'Ann Müller', 'Анна', 'محمد', '李小龍', 'नेहा', '👩‍👩‍👧', '❤️', 'می‌خواهم', "o'neil", '_']) {
    t.ok(isUsername(normalizeUsername(name)), name)
  }
})

t.test('what cannot be seen, or deceives the eye, is no name', async (t) => {
  const bad = {
    ...{ 'leading space': ' a', 'trailing space': 'a ', 'double space': 'a  b', 'only a space': ' ', tab: 'a\tb' },
    ...{
      'line break': 'a\nb',
      'line separator': 'a\u2028b',
      NUL: 'a\0b',
      delete: 'a\u007fb',
      'C1 control': 'a\u0085b',
    },
    ...{
      'right to left override': 'a\u202eb',
      isolate: 'a\u2066b',
      'zero-width space': 'a\u200bb',
      'soft hyphen': 'a\u00adb',
    },
    ...{ 'byte order mark': '\ufeffa', 'only joiners': '\u200d\u200c', filler: '\u3164', 'lone surrogate': 'a\ud800' },
    ...{ noncharacter: 'a\u{10ffff}', 'not normalized': 'ﬁ' },
  }
  for (const [what, name] of Object.entries(bad)) {
    t.notOk(isUsername(what === 'not normalized' ? name : normalizeUsername(name)), what)
  }
})

t.test('names that differ only in case or in writing have one key', async (t) => {
  const same = [
    ['Ann', 'ANN', 'ann', 'Ａｎｎ'],
    ['Straße', 'STRASSE', 'strasse', 'STRAẞE'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος', 'Σίσυφοσ'],
    ['e\u0301mile', 'Émile', 'ÉMILE'],
  ]
  for (const names of same) t.equal(new Set(names.map(foldUsername)).size, 1, names.join(' = '))
  t.not(foldUsername('ann'), foldUsername('änn'))
})

t.test('folding once is folding for good, and of normalized text too', async (t) => {
  fc.assert(
    fc.property(text, (name) => {
      const key = foldUsername(name)
      return key === foldUsername(normalizeUsername(name)) && key === foldUsername(key)
    }),
    { numRuns: 2_000 },
  )
  t.pass('it is')
})

t.test('what starts with a text lies in its range, and nothing else does', async (t) => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const inRange = (name: string) => byCodePoint(name, prefix) >= 0 && byCodePoint(name, prefixEnd(prefix)) < 0
      fc.pre(!/[\p{Cs}\p{Noncharacter_Code_Point}]/u.test(prefix + other))
      return inRange(prefix + other) && inRange(other) === other.startsWith(prefix)
    }),
    { numRuns: 2_000 },
  )
  t.pass('it does')
})

import t from 'tap'
import { isUuid, uuid } from '../../web/id.js'
import { isEmoji, linkify } from '../../web/rich.js'
import { addressOf, routed } from '../../web/route.js'
import { rowsOf, stretchesOf } from '../../web/rows.js'
import { outcomeOf } from '../../web/sender.js'
import { tokenTimes } from '../../web/session.js'
import { waitBefore } from '../../web/socket.js'

t.test('links are http and https alone, without the punctuation around them', async (t) => {
  const links = (text: string) => linkify(text).flatMap(({ href }) => href ?? [])
  t.same(links('see https://a.example/b?c=d#e.'), ['https://a.example/b?c=d#e'])
  t.same(links('(https://a.example/wiki/B_(c)), www.b.example!'), [
    'https://a.example/wiki/B_(c)',
    'https://www.b.example',
  ])
  t.same(links('javascript:alert(1) data:text/html,x file:///etc http:// https://[x'), [])
  for (const text of ['a https://b.example c', 'https://b.example', '', 'no link']) {
    t.equal(
      linkify(text)
        .map((part) => part.text)
        .join(''),
      text,
    )
  }
})

t.test('emoji stand alone or they do not', async (t) => {
  for (const text of ['🙂', '👩‍👩‍👧‍👦', '🇩🇪 🏴󠁧󠁢󠁳󠁣󠁴󠁿', '👍🏽', '❤️']) t.ok(isEmoji(text), text)
  for (const text of ['', ' ', '7', '#', 'ok 🙂', '🙂'.repeat(20)]) t.notOk(isEmoji(text), text)
})

t.test('ids are UUIDs of version 4', async (t) => {
  t.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.ok(isUuid(uuid()))
  t.not(uuid(), uuid())
  t.notOk(isUuid('ann'))
})

t.test('the waits: three seconds, then growing and each different; at once when the server stops', async (t) => {
  t.equal(waitBefore(1, 1006), 3000)
  t.same(
    [0, 1].map((random) => waitBefore(1, 1001, random)),
    [200, 1000],
  )
  t.same(
    [2, 3, 4, 50].map((failures) => waitBefore(failures, 1001, 1)),
    [4500, 6750, 10_125, 15_000],
  )
  t.equal(waitBefore(50, 1006, 0), 11_250)
})

t.test('addresses lead to a person and back', async (t) => {
  for (const who of ['ann', 'a/b#c%', 'Аня', '../x']) t.equal(routed(addressOf(who)), who)
  for (const hash of ['', '#/', '#/with/', '#/with/%', '#/else']) t.equal(routed(hash), null)
})

t.test('what a refusal means', async (t) => {
  t.equal(outcomeOf('receiver is offline and the database is unavailable'), 'away')
  t.equal(outcomeOf('rate limit exceeded'), 'later')
  t.equal(outcomeOf('receiver not found'), 'refused')
})

t.test('when a token ends', async (t) => {
  const token = (claims: object) => `a.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c`
  t.same(tokenTimes(token({ exp: 10_010, iat: 10 })), { endsAt: 10_010_000, noticeAt: 9_710_000 })
  t.same(tokenTimes(token({ exp: 100, iat: 10 })), { endsAt: 100_000, noticeAt: 91_000 })
  for (const odd of ['', 'x', token({}), token({ exp: 'soon' })])
    t.equal(tokenTimes(odd).endsAt, Number.POSITIVE_INFINITY)
})

const at = (day: number, minute: number, sender: string) => ({
  ...{ id: `${day}:${minute}`, sender_id: sender, receiver_id: 'x', payload: [], seq: day * 100 + minute },
  created_at: new Date(2026, 0, day, 12, minute).toISOString(),
})

t.test('days are apart and one person together, also across the edges of a stretch', async (t) => {
  const messages = [at(1, 0, 'a'), at(2, 0, 'a'), at(2, 1, 'a'), at(2, 2, 'me'), at(2, 30, 'me')]
  const drawn = (start: number, end: number) =>
    rowsOf(messages, start, end, 'me').map((row) =>
      'day' in row ? 'day' : `${row.mine ? '>' : '<'}${row.first ? ' first' : ''}${row.last ? ' last' : ''}`,
    )
  const all = ['day', '< first last', 'day', '< first', '< last', '> first last', '> first last']
  t.same(drawn(0, 5), all)
  t.same([...drawn(0, 2), ...drawn(2, 5)], all)
})

t.test('stretches stay the same when messages come before or after', async (t) => {
  const messages = Array.from({ length: 500 }, () => ({ ...at(1, 0, 'a'), id: uuid() }))
  const cut = (from: number, to: number) => {
    const part = messages.slice(from, to)
    return stretchesOf(part).map(({ start, end }) =>
      part
        .slice(start, end)
        .map(({ id }) => id)
        .join(),
    )
  }
  t.same(cut(0, 500).join(), messages.map(({ id }) => id).join())
  const inner = cut(100, 400).slice(1, -1)
  t.ok(inner.every((stretch) => cut(0, 500).includes(stretch)))
  t.same(stretchesOf([]), [])
})

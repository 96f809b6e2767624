import t from 'tap'
import { check, type Verdict } from './checker.ts'
import type { ClientEvent, Evidence, StoredMessage } from './evidence.ts'

const users = { ann: 'a', ben: 'b' }
const clients: Evidence['clients'] = [
  { name: 'ann', user: users.ann, kind: 'resuming' },
  { name: 'ben', user: users.ben, kind: 'plain' },
]

const row = (id: string, seq: number): StoredMessage => ({
  ...{ id, written: id, sender: users.ann, receiver: users.ben },
  ...{ createdAt: `2026-02-03T10:00:0${seq}.000000Z`, senderSeq: seq, receiverSeq: seq },
})
const at = (client: string, connection = 1) => ({ at: 0, client, connection })
const connected = (client: string, connection: number, after?: number): ClientEvent => ({
  ...at(client, connection),
  type: 'connected',
  after,
})
const sent = (id: string, connection = 1, valid = true): ClientEvent => ({
  ...at('ann', connection),
  ...{ type: 'sent', id, receiver: users.ben, valid },
})
const acknowledged = (id: string, seq: number): ClientEvent => ({ ...at('ann'), type: 'acknowledged', id, seq })
const refused = (id: string): ClientEvent => ({ ...at('ann'), type: 'refused', id, error: 'no', final: true })
const delivered = (client: string, id: string, seq: number, connection = 1): ClientEvent => ({
  ...at(client, connection),
  ...{ type: 'delivered', id, seq, own: client === 'ann', intact: true },
})

/** Ann sends m1, m2 and m3 to Ben, and all goes well. */
const clean: Evidence = {
  clients,
  stored: [row('m1', 1), row('m2', 2), row('m3', 3)],
  heads: new Map([
    [users.ann, 3],
    [users.ben, 3],
  ]),
  conversations: [{ user: users.ann, peer: users.ben, ids: ['m1', 'm2', 'm3'] }],
  lists: new Map([
    [users.ann, [{ peer: users.ben, lastId: 'm3', unread: 0 }]],
    [users.ben, [{ peer: users.ann, lastId: 'm3', unread: 3 }]],
  ]),
  events: [
    connected('ann', 1, 0),
    connected('ben', 1),
    ...['m1', 'm2', 'm3'].flatMap((id, index) => [
      sent(id),
      delivered('ann', id, index + 1),
      acknowledged(id, index + 1),
      delivered('ben', id, index + 1),
    ]),
  ],
}

const figures = ({ lost, doubled, disordered, gaps }: Verdict) => ({ lost, doubled, disordered, gaps })
const fine = { lost: 0, doubled: 0, disordered: 0, gaps: 0 }
const without = (unwanted: (event: ClientEvent) => boolean) => clean.events.filter((event) => !unwanted(event))
const verdict = (changes: Partial<Evidence>) => check({ ...clean, ...changes })
const isDelivery = (event: ClientEvent, client: string, id: string) =>
  event.type === 'delivered' && event.client === client && event.id === id

t.test('a clean run has no findings and is counted', async (t) => {
  const { findings, ...counts } = check(clean)
  t.same(findings, [])
  t.match(counts, { sent: 3, acknowledged: 3, refused: 0, stored: 3, delivered: 6, ...fine })
})

t.test('an acknowledged message that is not stored is lost', async (t) => {
  const result = verdict({ stored: clean.stored.slice(0, 2), conversations: [] })
  t.ok(result.lost > 0)
  t.ok(result.gaps > 0, 'and the mailboxes end before their heads')
})

t.test('a stored message that the receiver never saw is lost', async (t) => {
  t.same(figures(verdict({ events: without((event) => isDelivery(event, 'ben', 'm2')) })), { ...fine, lost: 1 })
})

t.test('a message that was never acknowledged, or refused for good without a reason, is lost', async (t) => {
  t.same(figures(verdict({ events: [...clean.events, sent('m4')] })), { ...fine, lost: 1 })
  t.same(figures(verdict({ events: [...clean.events, sent('m4'), refused('m4')] })), { ...fine, lost: 1 })
  t.same(figures(verdict({ events: [...clean.events, sent('m4', 1, false), refused('m4')] })), fine)
})

t.test('an altered payload is lost', async (t) => {
  const [first, ...others] = clean.stored
  if (first) t.equal(verdict({ stored: [{ ...first, written: undefined }, ...others] }).lost, 1)
})

t.test('a message stored under a second id, or stored though refused, is doubled', async (t) => {
  const heads = new Map([...clean.heads.keys()].map((user) => [user, 4]))
  const seen = [delivered('ann', 'm4', 4), delivered('ben', 'm4', 4)]
  const copy = { stored: [...clean.stored, { ...row('m4', 4), written: 'm3' }], heads, conversations: [] }
  t.same(figures(verdict({ ...copy, events: [...clean.events, ...seen] })), { ...fine, doubled: 1 })
  const kept = { stored: [...clean.stored, row('m4', 4)], heads, conversations: [] }
  const events = [...clean.events, sent('m4'), refused('m4'), ...seen]
  t.same(figures(verdict({ ...kept, events })), { ...fine, doubled: 1 })
})

t.test('a frame that comes twice on one connection is doubled, on either kind of client', async (t) => {
  t.equal(verdict({ events: [...clean.events, delivered('ben', 'm3', 3)] }).doubled, 1)
  t.ok(verdict({ events: [...clean.events, delivered('ann', 'm3', 3)] }).doubled > 0)
})

t.test('a plain client may get a message again on its next connection, a resuming one may not', async (t) => {
  const again = [connected('ben', 2), delivered('ben', 'm3', 3, 2)]
  t.same(figures(verdict({ events: [...clean.events, ...again] })), fine)
  const resumed = [connected('ann', 2, 3), delivered('ann', 'm3', 3, 2)]
  t.same(figures(verdict({ events: [...clean.events, ...resumed] })), { ...fine, doubled: 1 })
})

t.test('the answer to a repeated id is no double, a second answer is', async (t) => {
  const repeated = [...clean.events, sent('m3'), delivered('ann', 'm3', 3)]
  t.same(figures(verdict({ events: repeated })), fine)
  t.equal(verdict({ events: [...repeated, delivered('ann', 'm3', 3)] }).doubled, 1)
})

t.test('frames in another order are found, on either kind of client', async (t) => {
  const swap = (client: string) => {
    const others = without((event) => isDelivery(event, client, 'm2') || isDelivery(event, client, 'm3'))
    return verdict({ events: [...others, delivered(client, 'm3', 3), delivered(client, 'm2', 2)] })
  }
  t.same(figures(swap('ben')), { ...fine, disordered: 1 })
  t.match(figures(swap('ann')), { doubled: 1, gaps: 1 })
})

t.test('a frame under another number than the stored one is out of order', async (t) => {
  const events = [...without((event) => isDelivery(event, 'ben', 'm3')), delivered('ben', 'm3', 4)]
  t.same(figures(verdict({ events })), { ...fine, disordered: 1 })
})

t.test('messages of one socket that are stored in another order are found', async (t) => {
  const ids = ['m1', 'm3', 'm2']
  const stored = ids.map((id, index) => row(id, index + 1))
  const others = without((event) => event.type !== 'sent' && event.type !== 'connected')
  const events = ids.flatMap((id, index) => [
    ...[delivered('ann', id, index + 1), acknowledged(id, index + 1), delivered('ben', id, index + 1)],
  ])
  const conversations = [{ user: users.ann, peer: users.ben, ids }]
  t.same(figures(verdict({ stored, conversations, events: [...others, ...events] })), { ...fine, disordered: 1 })
})

t.test('time that goes back and parties who disagree are out of order', async (t) => {
  const stored = [row('m1', 1), { ...row('m2', 2), createdAt: '2026-02-03T09:00:00.000000Z' }, row('m3', 3)]
  t.same(figures(verdict({ stored })), { ...fine, disordered: 2 }, 'in both mailboxes')
  const crossed = [row('m1', 1), { ...row('m2', 2), receiverSeq: 3 }, { ...row('m3', 3), receiverSeq: 2 }]
  t.ok(verdict({ stored: crossed }).disordered > 0)
  const conversations = [{ user: users.ann, peer: users.ben, ids: ['m2', 'm1', 'm3'] }]
  t.same(figures(verdict({ conversations })), { ...fine, disordered: 1 }, 'the history counts as well')
})

t.test('a hole in a mailbox and a head that promises more are gaps', async (t) => {
  const stored = [row('m1', 1), row('m2', 2), { ...row('m3', 3), receiverSeq: 4 }]
  t.ok(verdict({ stored }).gaps > 0)
  t.same(figures(verdict({ heads: new Map([...clean.heads, [users.ben, 4]]) })), { ...fine, gaps: 1 })
})

t.test('a list of conversations with another last message, count, order or peer is found', async (t) => {
  const listed = (list: { peer: string; lastId: string; unread: number }[]) =>
    verdict({ lists: new Map([...clean.lists, [users.ben, list]]) }).mislisted
  const entry = { peer: users.ann, lastId: 'm3', unread: 3 }
  t.equal(listed([entry]), 0)
  t.equal(listed([{ ...entry, lastId: 'm2' }]), 1)
  t.equal(listed([{ ...entry, unread: 2 }]), 1)
  t.equal(listed([]), 1)
  t.equal(listed([entry, entry]), 1)
  const stored = [...clean.stored, { ...row('m4', 4), sender: users.ben, receiver: users.ben }]
  const lists = new Map([[users.ben, [entry, { peer: users.ben, lastId: 'm4', unread: 0 }]]])
  t.equal(verdict({ stored, lists }).mislisted, 2, 'both places, where a later conversation stands second')
})

t.test('what is marked as read counts no longer, and a mark that moves back is found', async (t) => {
  const marked = (seq: number, answer: number): ClientEvent => ({
    ...at('ben'),
    ...{ type: 'marked', peer: users.ann, seq, answer },
  })
  const after = (unread: number, ...marks: ClientEvent[]) => {
    const lists = new Map([...clean.lists, [users.ben, [{ peer: users.ann, lastId: 'm3', unread }]]])
    return verdict({ lists, events: [...clean.events, ...marks] }).mislisted
  }
  t.equal(after(1, marked(2, 2)), 0)
  t.equal(after(0, marked(2, 2)), 1, 'too few are left')
  t.equal(after(3, marked(2, 2)), 1, 'the mark was lost')
  t.equal(after(0, marked(3, 3), marked(1, 3)), 0)
  t.equal(after(2, marked(3, 3), marked(1, 1)), 2, 'told and listed')
})

t.test('a resuming client that misses a number, is reset, or is told a wrong end has a gap', async (t) => {
  const missed = verdict({ events: without((event) => isDelivery(event, 'ann', 'm2')) })
  t.same(figures(missed), { ...fine, lost: 1, gaps: 1 })
  t.same(figures(verdict({ events: [...clean.events, { ...at('ann'), type: 'reset', seq: 1 }] })), { ...fine, gaps: 1 })
  const events: ClientEvent[] = [...clean.events, { ...at('ann'), type: 'caught_up', seq: 5 }]
  t.same(figures(verdict({ events })), { ...fine, gaps: 1 })
})

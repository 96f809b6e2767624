import t from 'tap'
import type { Conversation } from '../../schemas/conversation.ts'
import type { Message } from '../../schemas/message.ts'
import { initialState, reduce } from '../../web/state.js'
import { latest, ordered } from '../../web/talk.js'
import type { Event, State, Talk, Unsent } from '../../web/types.ts'

const [me, ann, bob] = ['me', 'ann', 'bob']

const message = (seq: number, from = ann, to = me, id = `m${seq}`): Message => ({
  id,
  sender_id: from,
  receiver_id: to,
  payload: [104, 105],
  created_at: `2026-02-03T10:00:${String(seq % 60).padStart(2, '0')}.000000Z`,
  seq,
})

const unsent = (id: string, to = ann): Unsent => ({
  ...{ id, sender_id: me, receiver_id: to, payload: [104, 105], created_at: '2026-02-03T10:00:00.000Z' },
  state: 'sending',
})

const conversation = (name: string, last_message: Message, unread = 0): Conversation => ({
  user: { id: name, username: name, created_at: '2026-02-03T10:00:00.000000Z' },
  last_message,
  unread,
})

const after = (...events: Event[]): State => events.reduce(reduce, initialState(me))
const listed = (...conversations: Conversation[]): Event => ({ type: 'listed', conversations, more: null, first: true })
const came = (each: Message): Event => ({ type: 'message', message: each })
const talk = (state: State, peer = ann): Talk => {
  const found = state.talks[peer]
  if (!found) throw new Error('no such conversation')
  return found
}
const ids = (state: State, peer = ann): string[] =>
  [...talk(state, peer).messages, ...talk(state, peer).pending].map(({ id }) => id)

t.test('the list says where the mailbox ended, and the socket goes on from there', async (t) => {
  const state = after(listed(conversation(bob, message(9, bob)), conversation(ann, message(7))))
  t.equal(state.cursor, 9)
  t.equal(reduce(state, came(message(10))).cursor, 10)
  t.equal(reduce(state, came(message(4, me, ann))).cursor, 9, 'a repeated message does not move it back')
  t.equal(after(listed()).cursor, 0)
})

t.test('what comes before the list is read may have gaps, so the history is read again', async (t) => {
  const early = after(came(message(3)), came(message(5)))
  t.equal(early.cursor, null)
  t.same(ids(reduce(early, listed(conversation(ann, message(5), 2)))), [])
})

t.test('messages stand in the order of the mailbox, once', async (t) => {
  const state = after(listed(), came(message(1)), came(message(3)), came(message(3)))
  const page = reduce(state, {
    type: 'history',
    peer: ann,
    messages: [message(3), message(2), message(1)],
    complete: true,
  })
  t.same(ids(page), ['m1', 'm2', 'm3'])
  t.equal(talk(page).history, 'all')
})

t.test('a message that is sent becomes the stored one', async (t) => {
  const sending = after(listed(), { type: 'queued', entry: unsent('a') }, { type: 'queued', entry: unsent('b') })
  t.same(ids(sending), ['a', 'b'])
  const first = reduce(sending, came(message(1, me, ann, 'a')))
  t.same(ids(first), ['a', 'b'])
  t.same(
    talk(first).pending.map(({ id }) => id),
    ['b'],
  )
  t.same(ids(reduce(first, { type: 'queued', entry: unsent('a') })), ['a', 'b'], 'another tab does not bring it back')
})

t.test('refused, tried again, dropped', async (t) => {
  const mark = (state: Unsent['state'], reason: string): Event => ({
    type: 'queued',
    entry: { ...unsent('a'), state, reason },
  })
  const failed = after({ type: 'queued', entry: unsent('a') }, mark('failed', 'no'))
  t.match(talk(failed).pending, [{ state: 'failed', reason: 'no' }])
  t.match(talk(reduce(failed, mark('sending', ''))).pending, [{ state: 'sending', reason: '' }])
  t.same(ids(reduce(failed, { type: 'discarded', id: 'a' })), [])
  t.same(reduce(failed, { type: 'discarded', id: 'x' }), failed)
})

t.test("another tab's outbox replaces ours, but not what others only passed on", async (t) => {
  const { seq: _, ...passed } = message(1)
  const state = after(
    { type: 'queued', entry: unsent('a') },
    { type: 'queued', entry: unsent('b') },
    { type: 'transient', message: { ...passed, persisted: false } },
  )
  t.same(ids(reduce(state, { type: 'outbox', entries: [unsent('b'), unsent('c')] })), ['b', 'm1', 'c'])
})

t.test('unread messages are counted once, wherever they come from', async (t) => {
  const read = after(listed(conversation(ann, message(5), 2)), came(message(6)), came(message(7, me, ann)))
  t.equal(talk(read).unread, 3)
  t.equal(talk(reduce(read, came(message(5)))).unread, 3, 'the list had counted it')
  t.equal(talk(reduce(read, listed(conversation(ann, message(6), 3)))).unread, 3, 'a new list counts it itself')
  t.equal(talk(reduce(read, listed(conversation(ann, message(5), 2)))).unread, 3, 'an older list does not')
  const seen = reduce(read, { type: 'read', peer: ann, seq: 6 })
  t.equal(talk(seen).unread, 0)
  t.equal(talk(reduce(seen, listed(conversation(ann, message(6), 3)))).unread, 0, 'the server may not know yet')
  t.equal(reduce(seen, { type: 'read', peer: ann, seq: 3 }), seen, 'marks never move back')
})

t.test('while the server stores nothing', async (t) => {
  const { seq: _, ...passed } = message(1)
  const { seq: __, ...own } = message(2, me, ann)
  const state = after(
    listed(),
    { type: 'transient', message: { ...passed, persisted: false } },
    { type: 'queued', entry: unsent('m2') },
    { type: 'transient', message: { ...own, persisted: false } },
    { type: 'queued', entry: unsent('m2') },
  )
  t.equal(state.storing, false)
  t.equal(talk(state).unread, 1)
  t.match(talk(state).pending, [
    { id: 'm1', state: 'transient' },
    { id: 'm2', state: 'transient' },
  ])
  const back = [came(message(1)), came(message(2, me, ann))].reduce(reduce, state)
  t.equal(back.storing, true)
  t.equal(talk(back).unread, 1, 'the stored copy is no news')
  t.same(talk(back).pending, [])
})

t.test('a restored backup: everything is read again, what is unsent stays in the outbox', async (t) => {
  const state = after(listed(conversation(ann, message(5))), { type: 'opened', peer: ann }, { type: 'reset' })
  t.match(state, { cursor: null, listed: false, open: ann, users: { ann: {} }, talks: {} })
})

t.test('conversations stand by recency, unsent ones on top, an empty one only while it is open', async (t) => {
  const state = after(listed(conversation(ann, message(5)), conversation(bob, message(7, bob))), {
    type: 'opened',
    peer: 'new',
  })
  const order = (now: State) => ordered(now).map(({ peer }) => peer)
  t.same(order(state), ['new', bob, ann])
  t.same(order(reduce(state, { type: 'opened', peer: null })), [bob, ann])
  t.same(order({ ...reduce(state, came(message(8))), open: null }), [ann, bob])
  const sending = { ...reduce(state, { type: 'queued', entry: unsent('a') }), open: null }
  t.same(order(sending), [ann, bob])
  t.equal(latest(talk(sending))?.id, 'a')
})

t.test('a state that does not change is the same object', async (t) => {
  const state = after(listed(conversation(ann, message(5))))
  t.equal(reduce(state, { type: 'storing', storing: true }), state)
  t.equal(reduce(state, { type: 'read', peer: ann, seq: 0 }), state)
})

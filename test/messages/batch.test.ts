import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { numberBatch } from '../../src/messages/batch.ts'
import type { Draft } from '../../src/messages/message.ts'

const users = Array.from({ length: 5 }, (_, index) => `0000000${index}-0000-4000-8000-000000000000`)
const user = fc.constantFrom(...users)
const draft = fc.record<Draft>({
  id: fc.uuid(),
  sender_id: user,
  receiver_id: user,
  payload: fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  isClaimed: fc.boolean(),
})

interface End {
  seq: number
  id: string
  received: number
}

/** What storing one message after the other would come to. */
function oneByOne(drafts: readonly Draft[], heads: Map<string, number>) {
  const next = (userId: string) => {
    const seq = (heads.get(userId) ?? 0) + 1
    heads.set(userId, seq)
    return seq
  }
  const ends = new Map<string, End>()
  const numbers = drafts.map(({ id, sender_id, receiver_id }) => {
    const sender = next(sender_id)
    const receiver = sender_id === receiver_id ? sender : next(receiver_id)
    ends.set(`${sender_id} ${receiver_id}`, {
      seq: sender,
      id,
      received: ends.get(`${sender_id} ${receiver_id}`)?.received ?? 0,
    })
    if (sender_id !== receiver_id) {
      const received = (ends.get(`${receiver_id} ${sender_id}`)?.received ?? 0) + 1
      ends.set(`${receiver_id} ${sender_id}`, { seq: receiver, id, received })
    }
    return [sender, receiver]
  })
  return { numbers, ends }
}

t.test('a batch is numbered as if its messages were stored one after the other', async () => {
  const start = fc.tuple(...users.map(() => fc.nat(1_000)))
  const property = fc.property(fc.array(draft, { minLength: 1, maxLength: 30 }), start, (drafts, heads) => {
    const before = new Map(users.map((id, index) => [id, heads[index] ?? 0]))
    const after = new Map(before)
    const { numbers, ends } = oneByOne(drafts, after)
    const batch = numberBatch(drafts)
    const at = (place = 0) => batch.userIds[place - 1] ?? ''
    const seq = (place = 0, offset = 0) => (before.get(at(place)) ?? 0) + offset

    deepStrictEqual(batch.userIds, [...new Set(drafts.flatMap((each) => [each.sender_id, each.receiver_id]))].sort())
    deepStrictEqual(
      batch.counts,
      batch.userIds.map((id) => (after.get(id) ?? 0) - (before.get(id) ?? 0)),
    )
    deepStrictEqual(
      drafts.map((_, index) => [
        seq(batch.senderPlaces[index], batch.senderOffsets[index]),
        seq(batch.receiverPlaces[index], batch.receiverOffsets[index]),
      ]),
      numbers,
    )
    const steps = batch.conversations.map(({ ownerPlace, peerPlace, lastOffset, lastId, received }) => [
      `${at(ownerPlace)} ${at(peerPlace)}`,
      { seq: seq(ownerPlace, lastOffset), id: lastId, received },
    ])
    deepStrictEqual(new Map(steps as [string, End][]), ends)
    // One step for each end of a conversation.
    deepStrictEqual(steps.length, ends.size)
    const joined = Buffer.concat(drafts.map(({ payload }) => payload))
    batch.payloadEnds.forEach((end, index) => {
      deepStrictEqual(joined.subarray(batch.payloadEnds[index - 1] ?? 0, end), drafts[index]?.payload)
    })
  })
  fc.assert(property, { numRuns: 200 })
})

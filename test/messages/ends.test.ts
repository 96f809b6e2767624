import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createMessageStore } from '../../src/messages/store.ts'
import { openWorld } from './world.ts'

t.test('of mailboxes that were read to their ends nothing is heard, of all others where they end', async (t) => {
  const world = await openWorld(t)
  const { ann, bob, eve } = await world.people()
  for (const payload of [[1], [2]]) await ann.post({ receiver_id: bob.id, payload })
  const { mailboxEnds } = createMessageStore(world.app.db)
  const ends = async (...seqs: [number, number, number]) => {
    const rows = await mailboxEnds([
      [ann.id, seqs[0]],
      [bob.id, seqs[1]],
      [eve.id, seqs[2]],
      [randomUUID(), -1],
    ])
    return new Set(rows.map(({ user_id, head }) => `${[ann, bob, eve].findIndex(({ id }) => id === user_id)} ${head}`))
  }
  t.same(await ends(2, 2, 0), new Set())
  t.same(await ends(2, 1, 0), new Set(['1 2']))
  t.same(await ends(-1, 0, -1), new Set(['0 2', '1 2', '2 0']), 'an empty mailbox that is yet to open, too')
  t.same(await mailboxEnds([]), [])
})

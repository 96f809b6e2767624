import t from 'tap'
import { FairShare } from '../../src/realtime/fair-share.ts'
import { Inbox } from '../../src/realtime/inbox.ts'
import type { Outlet } from '../../src/realtime/outlet.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Takes what there is. @returns how many frames */
const exhaust = (share: FairShare, bytes: number) => {
  let count = 0
  while (share.take(bytes)) count += 1
  return count
}

t.test('a turn takes a bounded number of frames, and the next one as many again', async (t) => {
  const share = new FairShare()
  t.equal(exhaust(share, 0), 2_048)
  await nextTurn()
  t.equal(exhaust(share, 1_048_576), 4)
  await nextTurn()
  t.ok(share.take(100_000_000), 'a frame of any size has its turn')
  t.notOk(share.take(1))
})

t.test('who waits comes in order, and before whoever comes later', async (t) => {
  const share = new FairShare()
  exhaust(share, 0)
  const came: number[] = []
  for (const name of [1, 2, 3]) {
    share.wait(() => {
      came.push(name)
      if (name < 3) exhaust(share, 0)
    })
  }
  await nextTurn()
  t.same(came, [1])
  await nextTurn()
  t.same(came, [1, 2])
  await nextTurn()
  t.same(came, [1, 2, 3])
})

t.test('frames beyond a turn are handled in order in later ones, and a stop waits for them', async (t) => {
  const handled: number[] = []
  let isReading = true
  const outlet = { isOpen: true, isFull: false, write: () => undefined } as unknown as Outlet
  const flow = {
    pause: () => {
      isReading = false
    },
    resume: () => {
      isReading = true
    },
  }
  const inbox: Inbox = new Inbox(outlet, flow, {
    readFrame: (json) => ({ receiver_id: json.toString(), payload: Buffer.alloc(0) }),
    handle: async ({ receiver_id }, id) => {
      handled.push(Number(receiver_id))
      inbox.delivered(id)
    },
    onFault: (error) => t.fail(String(error)),
    share: new FairShare(),
  })
  const all = Array.from({ length: 5_000 }, (_, place) => place)
  for (const place of all) inbox.receive(Buffer.from(String(place)), false)
  t.ok(handled.length < 5_000)
  t.notOk(isReading, 'no more is read meanwhile')
  await inbox.finish()
  t.same(handled, all)
})

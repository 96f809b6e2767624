import t from 'tap'
import { FairShare } from '../../src/realtime/fair-share.ts'
import { Inbox } from '../../src/realtime/inbox.ts'
import type { Outlet } from '../../src/realtime/outlet.ts'

/** An inbox whose messages are never answered. */
function start() {
  const outlet = { isOpen: true, isFull: false, write: () => undefined } as unknown as Outlet
  const flow = { pause: () => undefined, resume: () => undefined }
  return new Inbox(outlet, flow, {
    readFrame: () => ({ receiver_id: '', payload: Buffer.alloc(0) }),
    handle: async () => undefined,
    onFault: (error) => t.fail(String(error)),
    share: new FairShare(),
  })
}

t.test('the end of the socket ends the wait for what is not answered, whichever comes first', async (t) => {
  const [early, late] = [start(), start()]
  for (const inbox of [early, late]) inbox.receive(Buffer.from('{}'), false)
  let isFinished = false
  const finished = early.finish().then(() => {
    isFinished = true
  })
  await new Promise(setImmediate)
  t.notOk(isFinished)
  early.closed()
  await finished
  late.closed()
  await late.finish()
  t.pass('both have ended')
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, listen, register } from '../helper.ts'
import { openSocket } from './client.ts'

t.test('a message reaches every socket of both parties, each with its own number', async (t) => {
  const app = await build(t)
  const url = await listen(t, app)
  const ann = await register(app, 'ann')
  const bob = await register(app, 'bob')
  const annPhone = await openSocket(url, ann.token)
  const annLaptop = await openSocket(url, ann.token)
  const bobPhone = await openSocket(url, bob.token)

  annPhone.send({ receiver_id: ann.user.id, payload: [1] })
  annPhone.send({ receiver_id: bob.user.id, payload: [2] })
  annPhone.send('nonsense')
  annPhone.send({ receiver_id: bob.user.id, payload: [3] })

  t.match(await annPhone.wait(4), [
    { payload: [1], seq: 1 },
    { payload: [2], seq: 2 },
    { error: 'frame is not valid JSON' },
    { payload: [3], seq: 3 },
  ])
  t.match(await annLaptop.wait(3), [{ seq: 1 }, { seq: 2 }, { seq: 3 }])
  t.match(await bobPhone.wait(2), [
    { payload: [2], seq: 1, sender_id: ann.user.id },
    { payload: [3], seq: 2 },
  ])
})

t.test('what came while nobody was there is delivered at the next connect, once', async (t) => {
  const app = await build(t)
  const url = await listen(t, app)
  const ann = await register(app, 'ann')
  const bob = await register(app, 'bob')
  const annPhone = await openSocket(url, ann.token)
  for (let place = 0; place < 1200; place++) annPhone.send({ receiver_id: bob.user.id, payload: [place % 256] })
  await annPhone.wait(1200)

  const bobPhone = await openSocket(url, bob.token)
  const messages = await bobPhone.wait(1200)
  t.same(
    messages.map(({ seq }) => seq),
    messages.map((_, index) => index + 1),
  )
  annPhone.send({ receiver_id: bob.user.id, payload: [7] })
  await bobPhone.wait(1201)
  await sleep(30)
  await bobPhone.close()

  const bobAgain = await openSocket(url, bob.token)
  annPhone.send({ receiver_id: bob.user.id, payload: [8] })
  t.match(await bobAgain.wait(1), [{ seq: 1202 }], 'what was acknowledged does not come again')

  const resumed = await openSocket(url, bob.token, 1199)
  t.match(await resumed.wait(4), [{ seq: 1200 }, { seq: 1201 }, { seq: 1202 }, { type: 'caught_up', seq: 1202 }])
  const reset = await openSocket(url, bob.token, 5000)
  t.match(await reset.wait(2), [
    { type: 'reset', seq: 1202 },
    { type: 'caught_up', seq: 1202 },
  ])
})

// Put into test/realtime/ to run: npm test -- test/realtime/answer-order.test.ts
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openWorld } from '../messages/world.ts'

const world = await openWorld(t)

t.test('an id repeated while it is under way is answered in its place', async (t) => {
  const { ann, bob } = await world.people()
  const message = { receiver_id: bob.id, payload: [1], id: randomUUID() }
  const client = await ann.open(t)
  client.send(message)
  client.send(message)
  client.send({ receiver_id: bob.id, payload: [2] })
  t.match(await client.wait(3), [{ seq: 1 }, { seq: 1 }, { seq: 2 }])
})

t.test('so is one repeated behind a frame that misuses it', async (t) => {
  const { ann, bob } = await world.people()
  const message = { receiver_id: bob.id, payload: [1], id: randomUUID() }
  await ann.post(message)
  const client = await ann.open(t)
  client.send({ ...message, payload: [9] })
  client.send(message)
  client.send({ receiver_id: bob.id, payload: [2] })
  t.match(await client.wait(3), [{ error: /already used/ }, { seq: 1 }, { seq: 2 }])
})

import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Message } from '../../schemas/message.ts'
import { openWorld } from './world.ts'

const world = await openWorld(t)

/** A text that would be seen wherever it leaked. */
const SECRET_BYTES = [211, 17, 173, 5, 251]
const SECRET_TEXT = SECRET_BYTES.join(',')

t.test('a third user sees nothing of a conversation and changes nothing in it, on any route', async (t) => {
  const { ann, bob, eve } = await world.people()
  const message = { id: randomUUID(), receiver_id: bob.id, payload: SECRET_BYTES }
  t.equal((await ann.post(message)).statusCode, 201)
  const socket = await eve.open(t, { after: 0 })
  await socket.wait(1)

  const answers = [
    await eve.get(`/api/messages/${ann.id}`),
    await eve.get(`/api/messages/${bob.id}`),
    await eve.get(`/api/messages/${bob.id}?before=${message.id}`),
    await eve.get(`/api/messages/${ann.id}?after=${message.id}`),
    await eve.get(`/api/messages/${eve.id}?after=${message.id}`),
    await eve.get('/api/sync'),
    await eve.get('/api/conversations'),
    await eve.get(`/api/conversations?before=${message.id}`),
    await eve.mark(ann.id, { seq: 1 }),
    await eve.mark(bob.id, { seq: 1 }),
    await eve.post(message),
    await eve.post({ ...message, payload: [...SECRET_BYTES, 0] }),
  ]
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 404, 404, 404, 200, 200, 404, 200, 200, 409, 409],
  )
  socket.send(message)
  await socket.wait(2)
  const seen = [...answers.map(({ body }) => body), JSON.stringify(socket.received)].join('\n')
  t.notMatch(seen, new RegExp(SECRET_TEXT))
  t.notMatch(seen, new RegExp(`"sender_id":"${ann.id}"`))

  t.match((await bob.get('/api/conversations')).json(), [{ unread: 1, last_message: { id: message.id } }])
  t.match((await bob.get('/api/sync')).json(), { head: 1, messages: [{ sender_id: ann.id, payload: SECRET_BYTES }] })
})

t.test('nobody sends in another’s name: the sender is whoever the token speaks for', async (t) => {
  const { ann, bob, eve } = await world.people()
  t.equal((await eve.post({ receiver_id: bob.id, payload: [1], sender_id: ann.id })).statusCode, 400)
  const socket = await eve.open(t)
  socket.send({ receiver_id: bob.id, payload: [1], sender_id: ann.id })
  t.same(await socket.wait(1), [{ error: 'frame must NOT have the property "sender_id"' }])
  t.equal((await eve.post({ receiver_id: bob.id, payload: [2] })).json<Message>().sender_id, eve.id)
  t.match((await bob.get('/api/sync')).json(), { head: 1, messages: [{ sender_id: eve.id }] })
})

t.test('without a token every route of the API is closed, whatever is asked', async (t) => {
  const { ann, bob } = await world.people()
  const refused = { statusCode: 401, body: '{"error":"missing or invalid token"}' }
  const urls = ['/api/sync', '/api/conversations', `/api/messages/${bob.id}`, '/api/messages/x', '/api/sync?after=x']
  for (const url of urls) t.match(await world.app.inject(url), refused, url)
  const body = { receiver_id: bob.id, payload: [1] }
  t.match(await world.app.inject({ method: 'POST', url: '/api/messages', payload: body }), refused)
  t.match(await world.app.inject({ method: 'POST', url: '/api/messages', payload: 'x'.repeat(1_000_000) }), refused)
  const url = `/api/conversations/${bob.id}/read`
  t.match(await world.app.inject({ method: 'PUT', url, payload: { seq: 1 } }), refused)
  const query = await world.app.inject(`/api/sync?token=${ann.token}`)
  t.match(query, refused, 'a token in the query opens sockets alone')
})

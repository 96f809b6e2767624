import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, connect, createDatabase, listen, register } from '../helper.ts'
import { openPeer, post } from './peer.ts'

t.test('fifty parallel retries of one id over both transports store one row and get fifty equal answers', async (t) => {
  const database = await createDatabase(t)
  const app = await build(t, database)
  const url = await listen(t, app)
  const [ann, ben] = [await register(app, 'ann'), await register(app, 'ben')]
  const reader = await openPeer(t, url, ben.token)
  const sockets = await Promise.all(Array.from({ length: 5 }, () => openPeer(t, url, ann.token)))
  const message = { id: randomUUID(), receiver_id: ben.user.id, payload: [1, 2, 3] }

  const posts = Array.from({ length: 25 }, () => post(url, ann.token, message))
  for (let round = 0; round < 5; round += 1) for (const socket of sockets) socket.send(message)
  const replies = await Promise.all(posts)
  for (const socket of sockets) await socket.until((frames) => frames.length >= 5)

  const answers = [...replies.map(({ body }) => body), ...sockets.flatMap(({ frames }) => frames)]
  t.ok(answers.length >= 50)
  t.same(new Set(replies.map(({ status }) => status)), new Set([201]))
  const [first] = answers
  t.match(first, { ...message, sender_id: ann.user.id, seq: 1 })
  for (const answer of answers) t.strictSame(answer, first)

  const sql = connect(t, database)
  t.same(await sql`select id, sender_seq::int, receiver_seq::int from messages`, [
    { id: message.id, sender_seq: 1, receiver_seq: 1 },
  ])
  t.same(await sql`select max(head)::int as head from mailboxes`, [{ head: 1 }], 'no number was wasted')
  t.strictSame(reader.frames, [first], 'the receiver got it once')
})

t.test('an id of somebody else is refused with 409, and the refusal says nothing of his message', async (t) => {
  const app = await build(t)
  const url = await listen(t, app)
  const [ann, ben, eve] = [await register(app, 'ann'), await register(app, 'ben'), await register(app, 'eve')]
  const message = { id: randomUUID(), receiver_id: ben.user.id, payload: [7, 7, 7] }
  t.equal((await post(url, ann.token, message)).status, 201)

  const socket = await openPeer(t, url, eve.token)
  for (const payload of [[7, 7, 7], [8]]) {
    t.strictSame(await post(url, eve.token, { ...message, payload }), {
      status: 409,
      body: { error: 'message id already used with other content' },
    })
    socket.send({ ...message, payload })
  }
  await socket.until((frames) => frames.length === 2)
  const refusal = { error: 'message id already used with other content', id: message.id }
  t.strictSame(socket.frames, [refusal, refusal])
  t.equal((await post(url, ann.token, { ...message, payload: [8] })).status, 409, 'nor may its owner change it')
  const sync = await app.inject({ url: '/api/sync', headers: { authorization: `Bearer ${eve.token}` } })
  t.strictSame(sync.json(), { messages: [], head: 0 })
})

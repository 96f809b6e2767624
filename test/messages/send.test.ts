import t from 'tap'
import { build, register } from '../helper.ts'

t.test('a message is stored once, numbered for both parties and read back', async (t) => {
  const app = await build(t)
  const ann = await register(app, 'ann')
  const bob = await register(app, 'bob')
  const send = (payload: object, token = ann.token) =>
    app.inject({ method: 'POST', url: '/api/messages', headers: { authorization: `Bearer ${token}` }, payload })
  const first = await send({ receiver_id: bob.user.id, payload: [0, 9, 10, 99, 100, 255] })
  t.equal(first.statusCode, 201)
  t.match(first.json(), { sender_id: ann.user.id, payload: [0, 9, 10, 99, 100, 255], seq: 1 })
  console.log(first.body)
  const bad = await send({ receiver_id: bob.user.id, payload: [0, 256] })
  t.equal(bad.body, '{"error":"payload/1 must be <= 255"}')
  const missing = await send({ receiver_id: 'b0b00000-0000-4000-8000-000000000000', payload: [] })
  t.equal(missing.body, '{"error":"receiver not found"}')
  const get = (url: string, token: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } })
  console.log((await get(`/api/messages/${ann.user.id}`, bob.token)).body)
  console.log((await get(`/api/sync`, bob.token)).body)
  console.log((await get(`/api/conversations`, bob.token)).body)
  const id = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'
  for (let i = 0; i < 2; i++) {
    const again = await send({ receiver_id: bob.user.id, payload: [7], id })
    t.equal(again.statusCode, 201)
    t.match(again.json(), { id, seq: 2 })
  }
  const taken = await send({ receiver_id: bob.user.id, payload: [8], id })
  t.equal(taken.statusCode, 409)
  console.log(app.printPlugins())
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, listen, register } from '../helper.ts'
import { numbers, openPeer, post } from './peer.ts'

const WRITERS = 16
const MESSAGES = 150
const ROUNDS = 150

t.test('a reader who resumes again and again from random points while 16 write misses nothing', async (t) => {
  const app = await build(t)
  const url = await listen(t, app)
  const ben = await register(app, 'ben')
  const names = Array.from({ length: WRITERS }, (_, index) => `writer ${index}`)
  const writers = await Promise.all(names.map((name) => register(app, name)))
  const writing = writers.map(async ({ token }) => {
    const peer = await openPeer(t, url, token)
    for (let count = 1; count <= MESSAGES; count += 1) {
      peer.send({ receiver_id: ben.user.id, payload: [count] })
      if (count % 10 === 0) await peer.until((frames) => frames.length >= count)
    }
  })

  let isWriting = true
  const done = Promise.all(writing).then(() => {
    isWriting = false
  })
  let resumes = 0
  let highest = 0
  const check = (after: number, seen: readonly number[]) => {
    resumes += 1
    highest = Math.max(highest, ...seen)
    const expected = seen.map((_, index) => after + index + 1)
    if (seen.some((seq, index) => seq !== expected[index])) t.same(seen, expected, `resumed after ${after}`)
  }
  while (isWriting || resumes < 12) {
    const after = Math.floor(Math.random() * (highest + 1))
    const peer = await openPeer(t, url, ben.token, { after })
    await sleep(Math.random() * 60)
    await peer.close()
    check(after, numbers(peer.frames))
  }
  await done

  const last = await openPeer(t, url, ben.token, { after: 0 })
  await last.until((frames) => frames.some(({ type }) => type === 'caught_up'))
  check(0, numbers(last.frames))
  t.equal(numbers(last.frames).length, WRITERS * MESSAGES)
})

t.test('a message that is stored while its reader connects reaches him, though nothing follows it', async (t) => {
  const app = await build(t)
  const url = await listen(t, app)
  const [ann, ben] = [await register(app, 'ann'), await register(app, 'ben')]
  let arrived = 0
  for (let round = 1; round <= ROUNDS; round += 1) {
    // Sometimes the message comes first, sometimes the reader; what counts is what lies between.
    const early = Math.random() * 12 - 6
    const sending = sleep(Math.max(0, early)).then(() =>
      post(url, ann.token, { receiver_id: ben.user.id, payload: [round & 255] }),
    )
    await sleep(Math.max(0, -early))
    const peer = await openPeer(t, url, ben.token, { after: round - 1 })
    const { status } = await sending
    // Less than the time after which the server looks by itself.
    const isThere = await peer
      .until((frames) => numbers(frames).length > 0, 1500)
      .then(
        () => true,
        () => false,
      )
    await peer.close()
    if (status === 201 && isThere && numbers(peer.frames).at(-1) === round) arrived += 1
    else t.same({ status, seen: numbers(peer.frames) }, { status: 201, seen: [round] }, `round ${round}`)
  }
  t.equal(arrived, ROUNDS)
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, connect, createDatabase, listen } from '../helper.ts'
import { openLink } from '../torture/proxy.ts'
import { createRandom } from '../torture/random.ts'
import { numbers, openPeer, post } from './peer.ts'
import { addUsers } from './users.ts'

t.test(
  'a batch is committed, its connection dies before it says so: nothing is lost, doubled or told wrongly',
  async (t) => {
    const database = await createDatabase(t)
    const link = await openLink({ host: '127.0.0.1', port: Number(database['DB_PORT']) })
    const app = await build(t, { ...database, DB_PORT: String(link.port) })
    t.teardown(() => link.close())
    const url = await listen(t, app)
    const sql = connect(t, database)
    const [ann, ben] = await addUsers(sql, 2)
    const sender = await openPeer(t, url, ann.token)
    const reader = await openPeer(t, url, ben.token, { after: 0 })
    await reader.until((frames) => frames.length === 1)

    for (let round = 1; round <= 5; round += 1) {
      // A first use of the statement on these connections takes two round trips: the mute would swallow the first.
      t.equal((await post(url, ann.token, { receiver_id: ben.id, payload: [0] })).status, 201)
      link.disturb({ how: 'mute', ms: 150 }, 1, createRandom(1))
      // None of these has an id of its client's: only the server can find out what became of them.
      for (const payload of [[1], [2], [3]]) sender.send({ receiver_id: ben.id, payload })
      const reply = post(url, ann.token, { receiver_id: ben.id, payload: [4] })
      t.equal((await reply).status, 201)
      await sender.until((frames) => numbers(frames).length >= round * 5)
      await reader.until((frames) => numbers(frames).length >= round * 5)
      await sleep(200)
    }
    const expected = Array.from({ length: 25 }, (_, index) => index + 1)
    t.same(numbers(sender.frames), expected)
    t.same(numbers(reader.frames), expected)
    t.same(
      sender.frames.filter(({ error }) => error),
      [],
    )
    t.same(await sql`select count(*)::int as stored from messages`, [{ stored: 25 }])
  },
)

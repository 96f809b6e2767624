import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test as Tap } from 'tap'
import { connect, createDatabase, startServer } from '../helper.ts'
import { numbers, openPeer } from './peer.ts'
import { addUsers, type QuickUser } from './users.ts'

const MESSAGES = 50_000

const WINDOW = 500
const MIB = 1024 * 1024

/** Sends as fast as the acknowledgements come. Reads none of them: the server is measured, not this process. */
const flood = async (t: Tap, url: string, from: QuickUser, to: QuickUser, messages: number) => {
  const { socket } = await openPeer(t, url, from.token)
  const frame = JSON.stringify({ receiver_id: to.id, payload: Array.from({ length: 200 }, (_, index) => index) })
  let sent = 0
  let answered = 0
  const fill = () => {
    for (; sent < Math.min(messages, answered + WINDOW); sent += 1) socket.send(frame)
  }
  await new Promise<void>((resolve) => {
    socket.removeAllListeners('message').on('message', () => {
      answered += 1
      if (answered % 100 === 0) fill()
      if (answered === messages) resolve()
    })
    fill()
  })
  socket.terminate()
}

/** The most resident memory of a process, in bytes, while something is going on. */
const peak = async (pid: number, work: Promise<unknown>) => {
  let most = 0
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  while (!isDone) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    most = Math.max(most, Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024)
    await sleep(50)
  }
  await done
  return most
}

t.test('a stalled reader costs the server less than 20 MiB and gets all 50,000 messages in order', async (t) => {
  const database = await createDatabase(t)
  const { url, child } = await startServer(t, database)
  const pid = child.pid ?? 0
  const sql = connect(t, database)
  const [ann, ben] = await addUsers(sql, 2)
  const [carl, dora] = await addUsers(sql, 2)
  // The same load without a stalled reader first, twice: what the load itself costs has been paid then.
  await flood(t, url, carl, dora, MESSAGES)
  const before = await peak(pid, flood(t, url, carl, dora, MESSAGES))
  const stalled = await openPeer(t, url, ben.token, { after: 0 })
  await stalled.until((frames) => frames.length === 1)
  stalled.socket.pause()
  const growth = (await peak(pid, flood(t, url, ann, ben, MESSAGES))) - before
  t.ok(growth < 20 * MIB, `${(growth / MIB).toFixed(1)} MiB over ${(before / MIB).toFixed(0)} MiB`)

  stalled.socket.resume()
  const enough = stalled.until((frames) => frames.length > MESSAGES, 120_000)
  enough.catch(() => {})
  // It may have been given up meanwhile, as contracted: then it reconnects.
  await Promise.race([enough, stalled.closed])
  const seen = numbers(stalled.frames)
  if (seen.length < MESSAGES) {
    t.comment(`closed with ${await stalled.closed} after ${seen.length} messages`)
    const again = await openPeer(t, url, ben.token, { after: seen.at(-1) ?? 0 })
    await again.until((frames) => frames.length > MESSAGES - seen.length, 120_000)
    seen.push(...numbers(again.frames))
  }
  t.equal(seen.length, MESSAGES)
  t.ok(seen.every((seq, index) => seq === index + 1))
})

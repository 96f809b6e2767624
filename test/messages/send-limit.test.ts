import t from 'tap'
import { createSendLimit } from '../../src/messages/send-limit.ts'

/** A limit on a clock that stands still until it is moved. */
function start() {
  let time = 0
  const admit = createSendLimit(() => time)
  /** How many of so many sends are let through. */
  const send = (userId: string, count: number) => {
    let admitted = 0
    for (let sent = 0; sent < count; sent++) {
      try {
        admit(userId)
        admitted += 1
      } catch {
        // Refused.
      }
    }
    return admitted
  }
  const wait = (milliseconds: number) => {
    time += milliseconds
  }
  return { admit, send, wait }
}

t.test('after a rest a thousand may come at once, then two hundred a second', async (t) => {
  const { send, wait } = start()
  t.equal(send('ann', 2_000), 1_000)
  wait(1_000)
  t.equal(send('ann', 2_000), 200)
  wait(60_000)
  t.equal(send('ann', 2_000), 1_000, 'no more is saved up than that')
})

t.test('users do not share it', async (t) => {
  const { send } = start()
  t.equal(send('ann', 1_500), 1_000)
  t.equal(send('bob', 10), 10)
})

t.test('the refusal says when to try again', async (t) => {
  const { admit, send } = start()
  send('ann', 1_000)
  t.throws(() => admit('ann'), { code: 'rate_limited', retryAfter: 1 })
})

t.test('who is forgotten meanwhile gains nothing', async (t) => {
  const { send, wait } = start()
  send('ann', 1_000)
  for (let second = 0; second < 20; second++) {
    wait(1_000)
    t.equal(send('ann', 500), 200)
    send('bob', 1)
  }
})

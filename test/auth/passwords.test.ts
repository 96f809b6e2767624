import t from 'tap'
import { createPasswords } from '../../src/auth/passwords.ts'
import { AppError } from '../../src/errors.ts'
import type { Test } from '../helper.ts'

/** Passwords whose threads end with the test. */
const open = (t: Test, ...bounds: Parameters<typeof createPasswords>) => {
  const passwords = createPasswords(...bounds)
  t.teardown(passwords.close)
  return passwords
}

const overloaded = new AppError('overloaded', { retryAfter: 1 })

t.test('a hash proves its password and no other', async (t) => {
  const passwords = open(t)
  const hash = await passwords.hash('correct horse')
  t.match(hash, /^\$2[aby]\$10\$.{53}$/)
  t.equal(await passwords.verify('correct horse', hash), true)
  t.equal(await passwords.verify('correct horsf', hash), false)
  t.equal(await passwords.verify('correct horse', undefined), false)
})

t.test('what follows the 72nd byte is not cut off but wrong', async (t) => {
  const passwords = open(t)
  const hash = await passwords.hash('é'.repeat(36))
  t.equal(await passwords.verify('é'.repeat(36), hash), true)
  t.equal(await passwords.verify(`${'é'.repeat(36)}x`, hash), false)
})

t.test('without a hash it takes as long as with one', async (t) => {
  const passwords = open(t, { concurrency: 1 })
  const hash = await passwords.hash('correct horse')
  const measure = async (passwordHash: string | undefined) => {
    const started = performance.now()
    await passwords.verify('something else', passwordHash)
    return performance.now() - started
  }
  const times = { known: [] as number[], unknown: [] as number[] }
  const ratio = () => Math.min(...times.unknown) / Math.min(...times.known)
  const isEven = () => ratio() > 0.6 && ratio() < 1.6
  // The shortest time is the true one, sooner or later: what else the machine does only lengthens it.
  for (let round = 0; round < 5 || (round < 50 && !isEven()); round++) {
    times.known.push(await measure(hash))
    times.unknown.push(await measure(undefined))
  }
  t.ok(isEven(), `ratio ${ratio()}`)
})

t.test('past a full queue, and past its deadline, they refuse at once, and recover', async (t) => {
  const passwords = open(t, { concurrency: 1, queue: 2 })
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.verify('x', undefined)))
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  t.same(
    results.filter((result) => result.status === 'rejected').map(({ reason }) => reason),
    [overloaded, overloaded],
  )
  t.equal(await passwords.verify('x', undefined), false)

  const hurried = open(t, { concurrency: 1, waitMs: -1 })
  const [first, second] = await Promise.allSettled([hurried.verify('x', undefined), hurried.verify('x', undefined)])
  t.equal(first.status, 'fulfilled')
  t.match(second, { status: 'rejected', reason: overloaded })
  t.equal(await hurried.verify('x', undefined), false)
})

t.test('they leave a core to messages while there are any, but not the last one', async (t) => {
  let carriesMessages = false
  const atOnce = async (concurrency: number) => {
    const passwords = open(t, { concurrency, queue: 0, carriesMessages: () => carriesMessages })
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => passwords.verify('x', undefined)))
    return results.filter(({ status }) => status === 'fulfilled').length
  }
  t.equal(await atOnce(2), 2)
  carriesMessages = true
  t.equal(await atOnce(2), 1)
  t.equal(await atOnce(1), 1)
})

t.test('nobody overtakes those who queued while there were messages', async (t) => {
  let carriesMessages = true
  // With this deadline who has queued is refused when his turn comes, which shows when that is.
  const passwords = open(t, { concurrency: 2, waitMs: -1, carriesMessages: () => carriesMessages })
  const first = passwords.verify('x', undefined)
  let isRefused = false
  const queued = passwords.verify('x', undefined).catch(() => {
    isRefused = true
  })
  carriesMessages = false
  const last = passwords.verify('x', undefined)
  await new Promise(setImmediate)
  t.ok(isRefused, 'his turn came before the one who came later was let in')
  t.same(await Promise.all([first, queued, last]), [false, undefined, false])
})

t.test('the event loop goes on meanwhile', async (t) => {
  const passwords = open(t)
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 5)
  await Promise.all(Array.from({ length: 4 }, () => passwords.verify('x', undefined)))
  clearInterval(timer)
  t.ok(ticks >= 5, `${ticks} ticks`)
})

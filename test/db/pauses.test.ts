import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createPauses } from '../../src/db/deadline.ts'

const PAUSES = 50_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heapUsed = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

t.test('a pause lasts as long as it is told, unless it is cut short', async (t) => {
  let end = () => {}
  const pause = createPauses(
    new Promise<void>((resolve) => {
      end = resolve
    }),
  )
  const since = performance.now()
  const keepAlive = setTimeout(() => {}, 10_000)
  await pause(60)
  t.ok(performance.now() - since > 50)
  setTimeout(end, 20)
  await pause(10_000)
  await pause(10_000)
  clearTimeout(keepAlive)
  t.ok(performance.now() - since < 5_000)
})

t.test('pauses leave nothing behind with what may cut them short', async (t) => {
  const end = new Promise<void>(() => {})
  const pause = createPauses(end)
  const pauses = async () => {
    const keepAlive = setTimeout(() => {}, 10_000)
    await Promise.all(Array.from({ length: PAUSES }, () => pause(1)))
    clearTimeout(keepAlive)
  }
  await pauses()
  const before = heapUsed()
  await pauses()
  const grown = heapUsed() - before
  t.ok(grown < PAUSES * 50, `${Math.round(grown / PAUSES)} bytes a pause`)
  t.notOk(await Promise.race([end.then(() => true), Promise.resolve(false)]), 'and that is still to come')
})

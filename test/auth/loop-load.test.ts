import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createLoopLoad } from '../../src/auth/loop-load.ts'

t.test('a loop that works is told from one that rests', async (t) => {
  const loopLoad = createLoopLoad()
  t.equal(loopLoad(), 0)
  const end = performance.now() + 600
  while (performance.now() < end);
  await sleep(0)
  const busy = loopLoad()
  t.ok(busy > 0.5, `${busy} while it worked`)
  t.equal(loopLoad(), busy, 'a measurement holds for a while')
  await sleep(1_500)
  const resting = loopLoad()
  t.ok(resting < busy / 2, `${resting} while it rested`)
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createLocalBus } from '../../src/realtime/bus.ts'
import { watchTraffic } from '../../src/realtime/traffic.ts'

t.test('a message is traffic for a second', async (t) => {
  const bus = createLocalBus()
  const hasTraffic = watchTraffic(bus)
  t.equal(hasTraffic(), false)
  bus.publish([])
  t.equal(hasTraffic(), true)
  await sleep(1_050)
  t.equal(hasTraffic(), false)
})

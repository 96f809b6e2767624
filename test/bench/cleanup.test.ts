import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { cleanUp, onExit } from '../../bench/cleanup.ts'

t.test('what was started ends once, newest first, and whoever asks waits for all of it', async (t) => {
  const ended: string[] = []
  onExit(() => ended.push('database'))
  onExit(async () => {
    await sleep(50)
    ended.push('server')
  })
  const first = cleanUp()
  await cleanUp()
  t.same(ended, ['server', 'database'])
  await first
  t.same(ended, ['server', 'database'])
})

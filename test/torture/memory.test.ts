import t from 'tap'
import { isWithinBounds, measureMemory } from './memory/measure.ts'
import { builtServer } from './world.ts'

t.test('idle sockets, a frozen reader, floods and largest frames stay within the bound', async (t) => {
  const log = (line: string) => t.comment(line)
  const result = await measureMemory({ scale: 0.02, seconds: 1, command: builtServer, log })
  t.ok(isWithinBounds(result), result.crashes.join('\n') || 'below the bound, and nothing lost')
  t.ok(result.rows.every(({ phase, acknowledged }) => phase === 'idle sockets' || acknowledged > 0))
})

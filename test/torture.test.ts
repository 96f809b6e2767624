import t from 'tap'
import { formatFindings, formatTable, isClean } from './torture/report.ts'
import { createSchedule } from './torture/schedule.ts'
import { torture } from './torture/torture.ts'
import { builtServer } from './torture/world.ts'

const SEED = 1
const MINUTES = 0.5

t.test('half a minute of torture loses, doubles and reorders nothing', async (t) => {
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const log = (line: string) => t.comment(line)
  const options = {
    seed: SEED,
    minutes: MINUTES,
    clients: 24,
    rate: 200,
    plan: 'mixed',
    command: builtServer,
  } as const
  const result = await torture({ ...options, log, signal: abort.signal })
  t.comment(formatTable(result))
  t.ok(isClean(result), isClean(result) ? 'nothing was found' : formatFindings(result))
  t.ok(result.verdict.acknowledged > 500)
  t.same(result.faults, createSchedule(SEED, MINUTES * 60_000))
})

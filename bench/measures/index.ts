import type { Measure } from '../context.ts'
import { ceiling } from './ceiling.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { latency } from './latency.ts'
import { logins } from './logins.ts'
import { lone } from './lone.ts'
import { post } from './post.ts'
import { slowCommits } from './slow-commits.ts'
import { throughput } from './throughput.ts'

/** Everything that is measured, in order. */
export const measures: readonly Measure[] = [
  ...throughput,
  ceiling,
  ...latency,
  lone,
  slowCommits,
  ...post,
  logins,
  idle,
  history,
]

import t from 'tap'
import type { HttpConnection } from '../../bench/http.ts'
import { requestLoop } from '../../bench/http-load.ts'

t.test('the end of a stretch is told where the last answer comes in the turn in which it is over', async (t) => {
  const edges: string[] = []
  const connection: HttpConnection = {
    ask: async () => {
      const until = performance.now() + 40
      while (performance.now() < until);
      return { status: 200, ms: 40, bytes: 0 }
    },
    close: () => {},
  }
  const onEdge = (edge: string) => edges.push(edge)
  await requestLoop([connection], () => Buffer.alloc(0), 200, { warmUp: 0, duration: 0.02, onEdge })
  t.strictSame(
    edges.filter((edge) => edge === 'end'),
    ['end'],
  )
})

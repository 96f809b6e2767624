import { deepStrictEqual } from 'node:assert'
import * as fc from 'fast-check'
import t from 'tap'
import { type Answer, Answers } from '../../src/realtime/answers.ts'
import { type Frame, jsonFrame } from '../../src/realtime/frame.ts'

type Step = { do: 'open'; id: string } | { do: 'settle'; which: number } | { do: 'deliver'; id: string }

const id = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('open' as const), id }),
  fc.record({ do: fc.constant('settle' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('deliver' as const), id }),
)

/** A frame, its place and how it was answered: the slowest bookkeeping that can be right. */
interface Place {
  id: string
  done: boolean
  frame: Frame | undefined
}

/** The frames before the first that is not answered. */
const answered = (places: readonly Place[]) => {
  const open = places.findIndex(({ done }) => !done)
  return places.slice(0, open === -1 ? places.length : open)
}

t.test('answers leave in the order of their frames, whatever the order in which they come', async () => {
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const written: Frame[] = []
    const answers = new Answers((frame) => written.push(frame))
    const places: Place[] = []
    const handles: Answer[] = []
    for (const each of steps) {
      if (each.do === 'open') {
        handles.push(answers.open(each.id, 3))
        places.push({ id: each.id, done: false, frame: undefined })
      } else if (each.do === 'settle') {
        const handle = handles[each.which]
        const place = places[each.which]
        if (handle === undefined || place === undefined) continue
        const frame = jsonFrame([each.which])
        answers.settle(handle, frame)
        if (!place.done) Object.assign(place, { done: true, frame })
      } else {
        answers.delivered(each.id)
        const place = places.find((one) => one.id === each.id && !one.done)
        if (place !== undefined) place.done = true
      }
      const gone = answered(places)
      deepStrictEqual(
        written,
        gone.flatMap(({ frame }) => frame ?? []),
      )
      deepStrictEqual(answers.size, places.length - gone.length)
      deepStrictEqual(answers.weight, 3 * answers.size)
    }
  })
  fc.assert(property, { numRuns: 300 })
})

/** That a promise took longer than it may. */
export class DeadlineError extends Error {}

/** How often those who wait are looked through, in milliseconds. A timer for each took 20 µs of a lone message's 1,600. */
const RESOLUTION = 50

interface Wait {
  endsAt: number
  giveUp: () => void
}

const waits = new Set<Wait>()
let isWatching = false

function watch(): void {
  isWatching = true
  // An event loop that was held up (or a process that was stopped) first reads what has come in meanwhile.
  setTimeout(() => setImmediate(look), RESOLUTION)
}

function look(): void {
  isWatching = false
  const now = performance.now()
  for (const { endsAt, giveUp } of waits) if (endsAt <= now) giveUp()
  if (waits.size > 0) watch()
}

/**
 * Waits for a promise, but no longer than `milliseconds` and {@link RESOLUTION}. What the promise does later is ignored.
 * What has come in while the event loop was held up counts as in time.
 * @throws what `late` makes when the time is up
 */
export function withDeadline<T>(
  promise: PromiseLike<T>,
  milliseconds: number,
  late: () => Error = () => new DeadlineError(`no answer within ${Math.round(milliseconds)} ms`),
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = () => waits.delete(wait)
    const wait: Wait = {
      endsAt: performance.now() + milliseconds,
      giveUp: () => {
        end()
        reject(late())
      },
    }
    waits.add(wait)
    if (!isWatching) watch()
    promise.then(
      (value) => {
        end()
        resolve(value)
      },
      (error: unknown) => {
        end()
        reject(error)
      },
    )
  })
}

/**
 * Makes waits that `end` cuts short. `Promise.race` would do, but leave 470 bytes of every wait with a promise that lives
 * on: 78 MiB a day at two waits a second.
 */
export function createPauses(end: Promise<unknown>): (milliseconds: number) => Promise<void> {
  let isOver = false
  let wake = () => {}
  void end.then(() => {
    isOver = true
    wake()
  })
  return (milliseconds) =>
    new Promise((resolve) => {
      if (isOver) return resolve()
      wake = resolve
      setTimeout(resolve, milliseconds).unref()
    })
}

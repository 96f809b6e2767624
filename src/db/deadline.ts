/** That a promise took longer than it may. */
export class DeadlineError extends Error {}

/**
 * Waits for a promise, but no longer than `milliseconds`. What the promise does later is ignored. An event loop that
 * was held up (or a process that was stopped) first reads what has come in meanwhile, and only then gives up.
 * @throws what `late` makes when the time is up
 */
export function withDeadline<T>(
  promise: PromiseLike<T>,
  milliseconds: number,
  late: () => Error = () => new DeadlineError(`no answer within ${Math.round(milliseconds)} ms`),
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(late())), Math.max(0, milliseconds))
    promise.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
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

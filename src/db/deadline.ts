/**
 * Waits for a promise, but no longer than `milliseconds`. What the promise does later is ignored. An event loop that
 * was held up (or a process that was stopped) first reads what has come in meanwhile, and only then gives up.
 * @throws what `late` makes when the time is up
 */
export function withDeadline<T>(
  promise: PromiseLike<T>,
  milliseconds: number,
  late: () => Error = () => new Error(`no answer within ${Math.round(milliseconds)} ms`),
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

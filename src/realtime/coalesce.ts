/**
 * Makes many look-ups of one key into few look-ups of many: all keys asked for while one is under way go into the next.
 * @param lookUp finds many at once
 * @param most keys of one look-up
 */
export function coalesce<T>(
  lookUp: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  most: number,
): (key: string) => Promise<T | undefined> {
  interface Waiter {
    key: string
    resolve: (value: T | undefined) => void
    reject: (error: unknown) => void
  }
  const waiting: Waiter[] = []
  let isBusy = false

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most)
      try {
        const found = await lookUp([...new Set(batch.map(({ key }) => key))])
        for (const { key, resolve } of batch) resolve(found.get(key))
      } catch (error) {
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error)
      }
    }
    isBusy = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (isBusy) return
      isBusy = true
      setImmediate(() => void work())
    })
}

/** Random choices that a seed repeats exactly, on every machine and every version of Node. */
export interface Random {
  /** @returns a number from 0 up to, and without, 1 */
  readonly next: () => number
  /** @returns an integer from `least` to `most`, both included */
  readonly between: (least: number, most: number) => number
  /** @returns one of the items, each as likely as the next */
  readonly pick: <T>(items: readonly T[]) => T
  /** @returns the items in another order */
  readonly shuffle: <T>(items: readonly T[]) => T[]
  /** @returns a generator of its own, so that one consumer's draws do not move another's */
  readonly fork: () => Random
}

/**
 * Mulberry32: 32 bits of state, far better than its ten lines look, and ours, so that no upgrade moves a schedule.
 * @param seed any integer; its low 32 bits count
 */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const pick = <T>(items: readonly T[]): T => {
    const item = items[between(0, items.length - 1)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
  const shuffle = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, key: next() }))
      .sort((left, right) => left.key - right.key)
      .map(({ item }) => item)
  return { next, between, pick, shuffle, fork: () => createRandom(Math.floor(next() * 4294967296)) }
}

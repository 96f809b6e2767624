/** The middle of several runs and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: number
}

/**
 * The nearest-rank percentile.
 * @param sorted ascending values
 * @param fraction 0.99 for p99
 */
export const percentile = (sorted: ArrayLike<number>, fraction: number): number => {
  const rank = Math.max(1, Math.ceil(sorted.length * fraction))
  return sorted[rank - 1] ?? Number.NaN
}

/** Median (the mean of the middle two where there is no middle one), lowest and highest. */
export const spread = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, runs: sorted.length }
}

/** Collects measured values without an object for each. */
export class Samples {
  #values = new Float64Array(4096)
  #length = 0

  /** Adds one value. */
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  /** All values so far, ascending. */
  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort()
  }

  /** How many values there are. */
  get length(): number {
    return this.#length
  }
}

/** p50, p99 and p99.9 of what was collected. */
export const quantiles = (samples: Samples): { p50: number; p99: number; p999: number } => {
  const sorted = samples.sorted()
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), p999: percentile(sorted, 0.999) }
}

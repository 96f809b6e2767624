const RESULT = /^(not )?ok \d+ - (.*?)(?: # time=([\d.]+)ms)?(?: \{)?$/
const COUNTS = /^# \{ total: \d+.*\}$/

/** Reads the TAP of a whole run line by line: one line for a file that passed, everything for one that did not. */
export class Summary {
  passed = 0
  failed = 0
  #block: string[] = []
  #counted = false

  /** Takes the next line and returns those to show. */
  read(line: string): string[] {
    if (COUNTS.test(line)) {
      this.#counted = true
      this.passed += Number(/pass: (\d+)/.exec(line)?.[1] ?? 0)
      this.failed += Number(/fail: (\d+)/.exec(line)?.[1] ?? 0)
      return []
    }
    const [, not, name = '', time] = RESULT.exec(line) ?? []
    if (name === '') {
      this.#block.push(line)
      return []
    }
    const block = this.#block
    this.#block = []
    // A file that fails to run any test is reported as one to skip.
    const empty = name.endsWith('# SKIP no tests found')
    if (empty) this.failed += 1
    if (not === undefined && !empty)
      return [`ok      ${name} ${time === undefined ? '' : `${Math.round(Number(time))} ms`}`]
    return [...block, `FAILED  ${name}`]
  }

  /** Takes the exit code; a run that counted nothing, or failed in a way that no test shows, is a failure. */
  end(code: number): void {
    if (code !== 0 && this.failed === 0) this.failed = 1
    if (!this.#counted || this.passed + this.failed === 0) this.failed = Math.max(1, this.failed)
  }
}

type Undo = () => unknown

const undos: Undo[] = []

/** Remembers how to end something that has been started. */
export const onExit = (undo: Undo): void => void undos.push(undo)

const endAll = async (): Promise<void> => {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      await undo()
    } catch (error) {
      console.error(error)
    }
  }
}

let ending: Promise<void> | undefined

/**
 * Ends everything that has been started, newest first; what fails does not keep the rest alive. Whoever asks while it is
 * under way waits for the same end: a signal and what it has made fail both do.
 */
export const cleanUp = (): Promise<void> => {
  ending ??= endAll().finally(() => {
    ending = undefined
  })
  return ending
}

/** Ctrl-C and SIGTERM end everything that was started, a later one ends at once. */
export const cleanUpOnSignal = (): void => {
  // Ctrl-C comes twice under npm, from the terminal and passed on, as in `src/server.ts`.
  let askedAt = Number.POSITIVE_INFINITY
  const stop = (code: number): void => {
    if (Date.now() - askedAt > 1_000) process.exit(code)
    if (askedAt < Number.POSITIVE_INFINITY) return
    askedAt = Date.now()
    void cleanUp().finally(() => process.exit(code))
  }
  process.on('SIGINT', () => stop(130))
  process.on('SIGTERM', () => stop(143))
}

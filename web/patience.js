import { waitBefore } from './backoff.js'

const HEALTH_MS = 2500

/** For a server that is away or stores nothing for a while. @param {(storing: boolean) => void} onStoring */
export function createPatience(onStoring) {
  /** Loads that wait for better times. @type {Set<(value?: undefined) => void>} */
  const sleepers = new Set()
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer
  let stopped = false

  /** Lets everything that waits try again now. */
  function wake() {
    for (const awake of sleepers) awake()
    sleepers.clear()
  }

  /** The server stores nothing: looks now and then whether it does again. */
  function suspended() {
    onStoring(false)
    timer ??= setInterval(
      () =>
        fetch('/health').then(
          ({ ok }) => ok && recovered(),
          () => {},
        ),
      HEALTH_MS,
    )
  }

  /** The server has stored something. */
  function recovered() {
    if (timer === undefined) return
    clearInterval(timer)
    timer = undefined
    onStoring(true)
    wake()
  }

  /** Repeats a load until it succeeds or is refused for good. @template R @param {() => Promise<R>} load @returns {Promise<R>} */
  async function insist(load, failures = 1) {
    try {
      return await load()
    } catch (error) {
      const { passing, message } = /** @type {import('./api.js').ApiError} */ (error)
      if (!passing || stopped) throw error
      if (/database/.test(message)) suspended()
      await new Promise((/** @type {(value?: undefined) => void} */ awake) => {
        sleepers.add(awake)
        setTimeout(awake, waitBefore(failures, 0))
      })
      return insist(load, failures + 1)
    }
  }

  function stop() {
    stopped = true
    clearInterval(timer)
  }

  return { insist, suspended, recovered, wake, stop }
}

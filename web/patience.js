import { ApiError } from './api.js'
import { waitBefore } from './backoff.js'

const HEALTH_MS = 2500

/**
 * For a server that is away or stores nothing for a while.
 * @param {(storing: boolean) => void} onStoring
 */
export function createPatience(onStoring) {
  /** Loads that wait for better times. @type {Set<() => void>} */
  const sleepers = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
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
    timer ??= setTimeout(look, HEALTH_MS)
  }

  async function look() {
    const { ok } = await fetch('/health').catch(() => ({ ok: false }))
    if (stopped || timer === undefined) return
    timer = setTimeout(look, HEALTH_MS)
    if (ok) recovered()
  }

  /** The server has stored something. */
  function recovered() {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    onStoring(true)
    wake()
  }

  /** Repeats a load until it succeeds or is refused for good. @template T @param {() => Promise<T>} load @returns {Promise<T>} */
  async function insist(load) {
    for (let failures = 1; ; failures++) {
      try {
        return await load()
      } catch (error) {
        if (!(error instanceof ApiError && error.passing) || stopped) throw error
        if (/database/.test(error.message)) suspended()
        await new Promise((/** @type {(value?: undefined) => void} */ awake) => {
          sleepers.add(awake)
          setTimeout(awake, waitBefore(failures, 0))
        })
      }
    }
  }

  function stop() {
    stopped = true
    clearTimeout(timer)
  }

  return { insist, suspended, recovered, wake, stop }
}

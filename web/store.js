/** @import { Event, State, Store } from './types.ts' */

/** Milliseconds that changes are gathered for before the views are told: a resumed mailbox comes as many frames. */
const GATHER_MS = 8

/** Runs events through the pure core and tells the views. @param {State} state @param {(state: State, event: Event) => State} reduce @returns {Store} */
export function createStore(state, reduce) {
  /** @type {Set<(state: State) => void>} */
  const listeners = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  function tell() {
    timer = undefined
    for (const listener of listeners) listener(state)
  }

  return {
    get state() {
      return state
    },
    dispatch(event) {
      const next = reduce(state, event)
      if (next === state) return
      state = next
      timer ??= setTimeout(tell, GATHER_MS)
    },
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return () => listeners.delete(listener)
    },
  }
}

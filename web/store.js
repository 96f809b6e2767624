/** Milliseconds that changes are gathered for before the views are told: a resumed mailbox comes as many frames. */
const GATHER_MS = 8

/**
 * Holds the state, runs events through the pure core and tells the views.
 * @template State, Event
 * @param {State} initial
 * @param {(state: State, event: Event) => State} reduce
 */
export function createStore(initial, reduce) {
  let state = initial
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
    /** @param {Event} event */
    dispatch(event) {
      const next = reduce(state, event)
      if (next === state) return
      state = next
      timer ??= setTimeout(tell, GATHER_MS)
    },
    /** Calls the listener now and after every change. @param {(state: State) => void} listener */
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return () => listeners.delete(listener)
    },
  }
}

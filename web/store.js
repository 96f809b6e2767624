/** Changes are gathered for some milliseconds before the views are told: a resumed mailbox comes as many frames. */
const GATHER_MS = 8

/** @type {import('./types.ts').CreateStore} */
export function createStore(state, reduce) {
  const listeners = new Set()
  /** @type {import('./types.ts').Timer} */
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
      if (next !== state) timer = timer ?? setTimeout(tell, GATHER_MS)
      state = next
    },
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return () => listeners.delete(listener)
    },
  }
}

import { arrange, h } from './dom.js'
import { createRow } from './message.js'
import { rowsOf } from './rows.js'

/** @import * as T from './types.ts' */

/** Some messages in a row: what is off the screen costs no layout, and what has not changed no work. @type {T.CreateStretch} */
export function createStretch(messenger, name) {
  const element = h('ol', {})
  /** @type {Map<string, ReturnType<T.CreateRow>>} */
  let known = new Map()
  /** The messages and their neighbours when it was drawn. @type {T.Sent[]} */
  let drawn = []
  /** @type {(string | undefined)[]} */
  let ends = []

  return {
    element,
    ends: () => ends,
    update(messages, start, end) {
      const now = messages.slice(Math.max(0, start - 1), end + 1)
      if (now.length === drawn.length && now.every((message, index) => message === drawn[index])) return
      drawn = now
      ends = [messages[start]?.id, messages[end - 1]?.id]
      const before = known
      known = new Map()
      for (const row of rowsOf(messages, start, end, messenger.store.state.me)) {
        const made = before.get(row.key) ?? createRow(row, messenger, name)
        before.delete(row.key)
        known.set(row.key, made)
        made.update(row)
      }
      for (const row of before.values()) row.stop()
      arrange(
        element,
        Array.from(known.values(), (row) => row.element),
      )
    },
    stop() {
      for (const row of known.values()) row.stop()
    },
  }
}

import { arrange, h } from './dom.js'
import { createDay, createMessage } from './message.js'
import { rowsOf } from './rows.js'

/** @import { Message, Messenger, Unsent } from './types.ts' */

/** Some messages in a row: what is off the screen costs no layout, and what has not changed no work. @param {Messenger} messenger @param {string} name */
export function createStretch(messenger, name) {
  const element = h('ol', {})
  /** @type {Map<string, ReturnType<typeof createDay> | ReturnType<typeof createMessage>>} */
  let known = new Map()
  /** The messages and their neighbours when it was drawn. @type {(Message | Unsent)[]} */
  let drawn = []

  /** @param {(Message | Unsent)[]} messages @param {number} start @param {number} end */
  function update(messages, start, end) {
    const now = messages.slice(Math.max(0, start - 1), end + 1)
    if (now.length === drawn.length && now.every((message, index) => message === drawn[index])) return
    drawn = now
    const before = known
    known = new Map()
    for (const row of rowsOf(messages, start, end, messenger.store.state.me)) {
      const made =
        before.get(row.key) ?? (row.kind === 'day' ? createDay(row.date) : createMessage(row, messenger, name))
      before.delete(row.key)
      known.set(row.key, made)
      if (row.kind === 'message') made.update(row)
    }
    for (const row of before.values()) row.stop()
    arrange(
      element,
      Array.from(known.values(), (row) => row.element),
    )
  }

  return {
    element,
    update,
    stop() {
      for (const row of known.values()) row.stop()
    },
  }
}

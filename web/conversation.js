import { mountComposer } from './composer.js'
import { arrange, copy, draw, fill, h, one } from './dom.js'
import { createRow } from './message.js'
import { rowsOf, stretchesOf } from './rows.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** How many messages are shown at first, and how many more near the top. */
const PAGE = 50
/** In pixels. */
const NEAR = 1500
/** Closer to the end the reader follows what comes. */
const END = 60

/** One conversation. The scroller's zero is its newest message, so older ones move nothing. @type {T.MountConversation} */
export function mountConversation(root, messenger, user) {
  const { store } = messenger
  const name = user.id === store.state.me ? t('yourself') : user.username
  const view = copy('conversation')
  const scroller = one(view, '.scroll')
  const list = one(view, '.rows')
  const newest = one(view, '.newest')
  fill(view, { 'h2 bdi': name })
  draw(view, user.id, name)
  scroller.ariaLabel = t('messages', { name })
  root.replaceChildren(view)
  const composer = mountComposer(one(view, '.composer'), messenger, user, toEnd)
  // On a phone the focus would bring up the keyboard.
  if (matchMedia('(pointer: fine)').matches) composer.focus()
  else one(view, 'h2').focus()

  /** What is on screen. @type {ReturnType<T.CreateStretch>[]} */
  let stretches = []
  let shown = PAGE
  let loading = false
  /** @type {T.Talk | undefined} */
  let drawn

  const talk = () => store.state.talks[user.id]
  const atEnd = () => scroller.scrollTop > -END

  /** Shows the newest messages, and lets go of older ones. */
  function toEnd() {
    shown = PAGE
    scroller.scrollTop = 0
    drawAll()
  }

  async function older() {
    const now = talk()
    if (!now || loading) return
    if (shown >= now.messages.length + now.pending.length) {
      if (now.history === 'all') return
      loading = true
      drawAll()
      await messenger.loadOlder(user.id).catch(() => {})
      loading = false
    }
    if (now.history !== 'none') shown += PAGE
    drawAll()
  }

  function drawAll() {
    const now = talk()
    if (!now) return
    drawn = now
    const follows = atEnd()
    const last = list.lastElementChild?.lastElementChild
    const end = last?.getBoundingClientRect().bottom ?? 0
    const messages = [...now.messages, ...now.pending].slice(-shown)
    // A stretch is the same while it has its first or its last message: it grows at either end.
    const old = new Map(stretches.flatMap((stretch) => stretch.ends.map((id) => [id, stretch])))
    stretches = stretchesOf(messages).map(({ start, end }) => {
      const same = messages.slice(start, end).find(({ id }) => old.has(id))
      const stretch = old.get(same?.id) ?? createStretch(messenger, name)
      for (const id of stretch.ends) old.delete(id)
      stretch.update(messages, start, end)
      return stretch
    })
    const elements = stretches.map(({ element }) => element)
    arrange(list, elements)
    // Who reads further above is not moved by what comes below.
    if (!follows && last?.isConnected) scroller.scrollTop += last.getBoundingClientRect().bottom - end
    const hello = now.history === 'all' && messages.length === 0
    fill(view, { '.older': loading ? t('loading') : hello ? t('hello', { name }) : '' })
    scrolled()
  }

  function scrolled() {
    // Not `hidden`: a change of layout would stop smooth scrolling.
    newest.style.visibility = atEnd() ? 'hidden' : 'visible'
    if (atEnd() && document.visibilityState === 'visible') messenger.markRead(user.id)
    const above = scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop
    if (above < NEAR) queueMicrotask(older)
  }

  newest.onclick = toEnd
  scroller.onscroll = scrolled
  return () => (talk() === drawn ? scrolled() : drawAll())
}

/** Some messages, the unit of layout; what has not changed costs no work. @type {T.CreateStretch} */
function createStretch(messenger, name) {
  /** With the neighbours. @type {T.Sent[]} */
  let drawn = []
  /** @type {Map<string, ReturnType<T.CreateRow>>} */
  let known = new Map()

  return {
    element: h('ol', {}),
    ends: [],
    update(messages, start, end) {
      const now = messages.slice(Math.max(0, start - 1), end + 1)
      if (now.length === drawn.length && now.every((message, index) => message === drawn[index])) return
      drawn = now
      this.ends = [messages[start]?.id, messages[end - 1]?.id]
      const before = known
      known = new Map()
      const elements = rowsOf(messages, start, end, messenger.store.state.me).map((row) => {
        const made = before.get(row.key) ?? createRow(row, messenger, name)
        known.set(row.key, made)
        made.update(row)
        return made.element
      })
      arrange(this.element, elements)
    },
  }
}

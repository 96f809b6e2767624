import { mountComposer } from './composer.js'
import { arrange, avatar, copy, fill, one } from './dom.js'
import { stretchesOf } from './rows.js'
import { createStretch } from './stretch.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** How many messages are on screen at first, and how many more each time the reader comes near the top. */
const PAGE = 50
/** How near, in pixels. */
const NEAR = 1500
/** Closer to the end than this the reader follows what comes. */
const END = 60

/**
 * One conversation. The scroller is a reversed column with a single child, so its zero is the newest message: older
 * ones grow away from it and nothing jumps.
 * @type {T.MountConversation}
 */
export function mountConversation(root, messenger, user) {
  const { me } = messenger.store.state
  const name = user.id === me ? t('yourself') : user.username
  const view = copy('conversation')
  const scroller = one(view, '.scroll')
  const list = one(view, '.rows')
  const newest = one(view, '.newest')
  fill(view, { 'h2 bdi': name })
  one(view, '.face').append(avatar(user.id, name))
  scroller.setAttribute('aria-label', t('messages', { name }))
  root.append(view)
  const composer = mountComposer(one(view, '.composer'), messenger, user, toEnd)
  // On a phone the focus would bring the keyboard up before anything is read.
  if (matchMedia('(pointer: fine)').matches) composer.focus()
  else one(view, 'h2').focus()

  /** What is on screen. @type {ReturnType<T.CreateStretch>[]} */
  let stretches = []
  let shown = PAGE
  let loading = false
  /** @type {T.Talk | undefined} */
  let drawn

  const talk = () => messenger.store.state.talks[user.id]
  const atEnd = () => scroller.scrollTop > -END

  /** Shows the newest messages, and lets go of what was read further up. */
  function toEnd() {
    shown = PAGE
    scroller.scrollTop = 0
    draw()
  }

  /** Shows older messages: those that are here, or else a page from the server. */
  async function older() {
    const now = talk()
    if (!now || loading) return
    if (shown >= now.messages.length + now.pending.length) {
      if (now.history === 'all') return
      loading = true
      note(now)
      await messenger.loadOlder(user.id).catch(() => {})
      loading = false
    }
    if (now.history !== 'none') shown += PAGE
    draw()
  }

  /** What stands above the oldest message. @param {T.Talk} now */
  function note({ history, messages, pending }) {
    const empty = history === 'all' && messages.length + pending.length === 0
    fill(view, { '.older': loading ? t('loading') : empty ? t('hello', { name }) : '' })
  }

  function draw() {
    const now = talk()
    if (!now) return
    drawn = now
    const follows = atEnd()
    const last = list.lastElementChild?.lastElementChild
    const end = last?.getBoundingClientRect().bottom ?? 0
    const messages = [...now.messages, ...now.pending].slice(-shown)
    // A stretch is the same one while its first or its last message is: it grows at either end.
    const old = new Map(stretches.flatMap((stretch) => stretch.ends().map((id) => [id, stretch])))
    stretches = stretchesOf(messages).map(({ start, end }) => {
      const known = old.get(messages[start]?.id) ?? old.get(messages[end - 1]?.id)
      const stretch = known ?? createStretch(messenger, name)
      for (const id of stretch.ends()) old.delete(id)
      stretch.update(messages, start, end)
      return stretch
    })
    for (const stretch of old.values()) stretch.stop()
    arrange(
      list,
      stretches.map(({ element }) => element),
    )
    // What came below pushes the rest up: who reads further above stays where he is.
    if (!follows && last?.isConnected) scroller.scrollTop += last.getBoundingClientRect().bottom - end
    note(now)
    scrolled()
  }

  function scrolled() {
    // Not `hidden`: a change of layout would stop the smooth scrolling of the keyboard.
    newest.style.visibility = atEnd() ? 'hidden' : 'visible'
    if (atEnd() && document.visibilityState === 'visible') messenger.markRead(user.id)
    const above = scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop
    if (above < NEAR) queueMicrotask(older)
  }

  newest.onclick = toEnd
  scroller.onscroll = scrolled
  document.addEventListener('visibilitychange', scrolled)

  return {
    update(state) {
      if (state.talks[user.id] !== drawn) draw()
    },
    stop() {
      document.removeEventListener('visibilitychange', scrolled)
      for (const stretch of stretches) stretch.stop()
    },
  }
}

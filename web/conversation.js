import { mountComposer } from './composer.js'
import { arrange, avatar, copy, h, linkButton, one } from './dom.js'
import { stretchesOf } from './rows.js'
import { createStretch } from './stretch.js'
import { t } from './text.js'

/** @import { Messenger, State, Talk, User } from './types.ts' */

/** How many messages are on screen at first, and how many more each time the reader comes near the top. */
const PAGE = 50
/** How near, in pixels. */
const NEAR = 1500
/** Closer to the end than this the reader follows what comes. */
const END = 60

/**
 * One conversation. The scroller is a reversed column with a single child, so its zero is the newest message: older
 * ones grow away from it and nothing jumps.
 * @param {HTMLElement} root @param {Messenger} messenger @param {User} user
 */
export function mountConversation(root, messenger, user) {
  const { me } = messenger.store.state
  const name = user.id === me ? t('yourself') : user.username
  const view = copy('conversation')
  const heading = one(view, 'h2')
  const scroller = one(view, '.scroll')
  const top = one(view, '.older')
  const list = one(view, '.rows')
  const newest = one(view, '.newest')
  one(heading, 'bdi').textContent = name
  one(view, '.face').append(avatar(user.id, name))
  scroller.setAttribute('aria-label', t('messages', { name }))
  root.append(view)
  const composer = mountComposer(one(view, '.composer'), messenger, user, toEnd)
  // On a phone the focus would bring the keyboard up before anything is read.
  if (matchMedia('(pointer: fine)').matches) composer.focus()
  else heading.focus()

  /** What is on screen, by the first id of each. @type {Map<string, ReturnType<typeof createStretch>>} */
  let stretches = new Map()
  let shown = PAGE
  /** @type {'idle' | 'loading' | 'failed'} */
  let loading = 'idle'
  /** @type {Talk | undefined} */
  let drawn

  const talk = () => messenger.store.state.talks[user.id]
  const atEnd = () => scroller.scrollTop > -END

  /** Shows the newest messages, and lets go of what was read further up. */
  function toEnd() {
    shown = PAGE
    scroller.scrollTop = 0
    const now = talk()
    if (now) draw(now)
  }

  /** Shows older messages: those that are here, or else a page from the server. */
  async function older() {
    const now = talk()
    if (!now || loading !== 'idle') return
    if (shown < now.messages.length + now.pending.length) {
      shown += PAGE
      return draw(now)
    }
    if (now.history === 'all') return
    loading = 'loading'
    note(now)
    const ended = () => {
      loading = 'idle'
      if (now.history !== 'none') shown += PAGE
    }
    await messenger.loadOlder(user.id).then(ended, () => {
      loading = 'failed'
    })
    draw(talk() ?? now)
  }

  /** What stands above the oldest message. @param {Talk} now */
  function note(now) {
    const isEmpty = now.history === 'all' && now.messages.length + now.pending.length === 0
    const words = { idle: isEmpty ? t('hello', { name }) : '', loading: t('loading'), failed: t('loadFailed') }[loading]
    const again = linkButton('retry', () => {
      loading = 'idle'
      older()
    })
    top.replaceChildren(h('span', {}, words), ...(loading === 'failed' ? [again] : []))
  }

  /** @param {Talk} now */
  function draw(now) {
    drawn = now
    const follows = atEnd()
    const last = list.lastElementChild?.lastElementChild
    const end = last?.getBoundingClientRect().bottom ?? 0
    const messages = [...now.messages, ...now.pending].slice(-shown)
    const before = stretches
    stretches = new Map()
    for (const { start, end } of stretchesOf(messages)) {
      const key = messages[start]?.id ?? ''
      const stretch = before.get(key) ?? createStretch(messenger, name)
      before.delete(key)
      stretches.set(key, stretch)
      stretch.update(messages, start, end)
    }
    for (const stretch of before.values()) stretch.stop()
    arrange(
      list,
      Array.from(stretches.values(), ({ element }) => element),
    )
    // What came below pushes the rest up: who reads further above stays where he is.
    if (!follows && last?.isConnected) scroller.scrollTop += last.getBoundingClientRect().bottom - end
    note(now)
    scrolled()
  }

  function scrolled() {
    const ended = atEnd()
    // Not `hidden`: a change of layout would stop the smooth scrolling of the keyboard.
    newest.style.visibility = ended ? 'hidden' : 'visible'
    if (ended && document.visibilityState === 'visible') messenger.markRead(user.id)
    const above = scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop
    if (above < NEAR) queueMicrotask(older)
  }

  newest.onclick = toEnd
  scroller.onscroll = scrolled
  document.addEventListener('visibilitychange', scrolled)

  return {
    /** @param {State} state */
    update(state) {
      const now = state.talks[user.id]
      if (now && now !== drawn) draw(now)
    },
    stop() {
      document.removeEventListener('visibilitychange', scrolled)
      for (const stretch of stretches.values()) stretch.stop()
      composer.stop()
    },
  }
}

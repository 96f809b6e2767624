import { mountComposer } from './composer.js'
import { arrange, avatar, h, icon, spoken } from './dom.js'
import { createDay, createMessage } from './message.js'
import { rowsOf } from './rows.js'
import { t } from './text.js'

/** How many messages are on screen at first, and how many more each time the reader comes near the top. */
const PAGE = 50
/** How near, in pixels. */
const NEAR = 1200
/** Closer to the end than this the reader follows what comes. */
const END = 60

/**
 * One conversation. The scroller is a reversed column with a single child, so its zero is the end: older messages
 * grow away from it and nothing jumps.
 * @param {HTMLElement} root
 * @param {{ messenger: import('./messenger.js').Messenger, user: import('../schemas/user.ts').User }} options
 */
export function mountConversation(root, { messenger, user }) {
  const { me } = messenger.store.state
  const name = user.id === me ? t('yourself') : user.username
  const top = h('div', { class: 'older' })
  const rows = h('ol', { class: 'rows' })
  const scroller = h(
    'section',
    { class: 'scroll', tabindex: '0', 'aria-label': t('messages', { name }), onscroll: scrolled },
    h('div', { class: 'inner' }, top, rows),
  )
  const newest = h(
    'button',
    { type: 'button', class: 'newest', hidden: true, onclick: toEnd },
    icon('down'),
    spoken(t('newest')),
  )
  const back = h('a', { class: 'round back', href: '#/', 'aria-label': t('back') }, icon('back'))
  const heading = h('h2', { tabindex: '-1' }, h('bdi', {}, name))
  const composer = mountComposer({ messenger, user, onSend: toEnd })
  root.append(
    h('header', { class: 'bar' }, back, avatar(user.id, name), heading),
    h('div', { class: 'pane' }, scroller, newest),
    composer.element,
  )
  if (matchMedia('(pointer: fine)').matches) composer.focus()
  else heading.focus()

  /** The rows on screen. @type {Map<string, ReturnType<typeof createDay> | ReturnType<typeof createMessage>>} */
  const known = new Map()
  let shown = PAGE
  let loading = false
  let failed = false
  /** @type {import('./talk.js').Talk | undefined} */
  let drawn

  const atEnd = () => scroller.scrollTop > -END

  function toEnd() {
    scroller.scrollTo({ top: 0 })
  }

  /** Distance to the oldest message on screen. */
  const above = () => scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop

  async function older() {
    const talk = messenger.store.state.talks[user.id]
    if (!talk || loading || failed) return
    if (shown < talk.messages.length + talk.pending.length) {
      shown += PAGE
      draw(talk)
      return
    }
    if (talk.history === 'all') return
    loading = true
    note()
    try {
      await messenger.loadOlder(user.id)
      if (talk.history !== 'none') shown += PAGE
    } catch {
      failed = true
    }
    loading = false
    const now = messenger.store.state.talks[user.id]
    if (now) draw(now)
  }

  /** What stands above the oldest message. */
  function note() {
    const again = () => {
      failed = false
      older()
    }
    const words = failed ? t('loadFailed') : loading ? t('loading') : ''
    top.replaceChildren(h('span', { role: failed ? 'alert' : undefined }, words))
    if (failed) top.append(h('button', { type: 'button', class: 'link', onclick: again }, t('retry')))
    const talk = messenger.store.state.talks[user.id]
    if (talk?.history === 'all' && talk.messages.length + talk.pending.length === 0) {
      top.replaceChildren(h('p', { class: 'hello' }, t('hello', { name })))
    }
  }

  /** @param {import('./talk.js').Talk} talk */
  function draw(talk) {
    drawn = talk
    const follow = atEnd()
    const before = rows.lastElementChild
    const end = before?.getBoundingClientRect().bottom ?? 0
    const wanted = rowsOf(talk, me, shown)
    const keys = new Set(wanted.map(({ key }) => key))
    for (const [key, row] of known) {
      if (keys.has(key)) continue
      row.stop()
      known.delete(key)
    }
    const elements = wanted.map((row) => {
      const made =
        known.get(row.key) ?? (row.kind === 'day' ? createDay(row.date) : createMessage(row, { messenger, name }))
      known.set(row.key, made)
      if (row.kind === 'message') made.update(row)
      return made.element
    })
    arrange(rows, elements)
    // What came below pushes the rest up: who reads further above stays where he is.
    if (!follow && before?.isConnected) scroller.scrollTop += before.getBoundingClientRect().bottom - end
    note()
    scrolled()
  }

  function scrolled() {
    const ended = atEnd()
    newest.hidden = ended
    if (ended && document.visibilityState === 'visible') messenger.markRead(user.id)
    if (ended && shown > 4 * PAGE && drawn) shown = PAGE
    else if (above() < NEAR) queueMicrotask(older)
  }

  document.addEventListener('visibilitychange', scrolled)
  return {
    /** @param {import('./state.js').State} state */
    update(state) {
      const talk = state.talks[user.id]
      if (talk && (talk !== drawn || talk.history === 'none')) draw(talk)
    },
    stop() {
      document.removeEventListener('visibilitychange', scrolled)
      for (const row of known.values()) row.stop()
      composer.stop()
    },
  }
}

import { h } from './dom.js'
import { t } from './text.js'

/** A short loss is not worth a word. */
const PATIENCE_MS = 1000

/**
 * The quiet line about the connection, hidden while all is well.
 * @param {import('./messenger.js').Messenger} messenger
 */
export function mountStatus({ store, reconnect }) {
  const text = h('span', {})
  const button = h('button', { type: 'button', class: 'link', onclick: () => reconnect() }, t('tryNow'))
  const line = h('div', { class: 'line', role: 'status', hidden: true }, text, button)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let shown = ''

  store.subscribe(({ link, storing }) => {
    const lost = link === 'offline' || link === 'waiting' || link === 'refused' ? t(link) : ''
    const words = lost || (storing ? '' : t('notStoring'))
    // While an attempt is under way the line stays as it is.
    if (link === 'connecting' || words === shown) return
    shown = words
    clearTimeout(timer)
    const apply = () => {
      line.hidden = words === ''
      text.textContent = words
      button.hidden = lost === ''
    }
    if (words && line.hidden) timer = setTimeout(apply, PATIENCE_MS)
    else apply()
  })
  return line
}

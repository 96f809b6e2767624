import { contentOf, isPicture } from './content.js'
import { h, icon, spoken } from './dom.js'
import { isEmoji, linkify } from './rich.js'
import { t } from './text.js'
import { dayName, momentOf, timeOf } from './time.js'

/**
 * @typedef {import('./rows.js').Row} Row
 * @typedef {Extract<Row, { kind: 'message' }>} MessageRow
 */

/** The line between two days. @param {Date} date */
export function createDay(date) {
  const element = h('li', { class: 'day' }, h('time', { datetime: date.toISOString().slice(0, 10) }, dayName(date)))
  return { element, update: () => {}, stop: () => {} }
}

/**
 * One message; its content never changes, its state does.
 * @param {MessageRow} row
 * @param {{ messenger: import('./messenger.js').Messenger, name: string }} options
 */
export function createMessage({ message, mine }, { messenger, name }) {
  const content = contentOf(message)
  const large = content.kind === 'text' && isEmoji(content.text)
  const urls = /** @type {string[]} */ ([])
  const body = content.kind === 'text' ? textOf(content.text) : fileOf(content, urls)
  const meta = h('span', { class: 'meta' })
  const bubble = h(
    'div',
    { class: large ? 'bubble large' : 'bubble' },
    spoken(`${mine ? t('you') : name}: `),
    body,
    meta,
  )
  const actions = h('div', { class: 'actions', hidden: true })
  const element = h('li', { class: mine ? 'row mine' : 'row' }, bubble, actions)
  let shown = ''

  /** @param {MessageRow['message']} now */
  function setState(now) {
    const state = 'state' in now ? now.state : 'stored'
    if (`${state} ${now.created_at}` === shown) return
    shown = `${state} ${now.created_at}`
    const time = h('time', { datetime: now.created_at, title: momentOf(now.created_at) }, timeOf(now.created_at))
    meta.replaceChildren(time)
    element.dataset['state'] = state
    if (mine || state === 'transient') meta.append(icon(state), spoken(t(state)))
    actions.hidden = state !== 'failed'
    actions.replaceChildren()
    if (state === 'failed') {
      const reason = 'reason' in now && now.reason ? `${t('failed')}: ${now.reason}` : t('failed')
      const retry = () => messenger.retry(now.id)
      const discard = () => messenger.discard(now.id)
      actions.append(
        h('span', { class: 'fault', role: 'alert' }, reason),
        h('button', { type: 'button', class: 'link', onclick: retry }, t('retry')),
        h('button', { type: 'button', class: 'link', onclick: discard }, t('discard')),
      )
    }
  }

  return {
    element,
    /** @param {MessageRow} row */
    update(row) {
      element.classList.toggle('first', row.first)
      element.classList.toggle('last', row.last)
      setState(row.message)
    },
    stop: () => urls.forEach(URL.revokeObjectURL),
  }
}

/** @param {string} text */
function textOf(text) {
  if (text.trim() === '') return h('p', { class: 'quiet' }, t('empty'))
  const parts = linkify(text).map(({ text: words, href }) =>
    href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, words) : words,
  )
  return h('p', { dir: 'auto' }, ...parts)
}

/**
 * A picture to look at, or a file to save. Only pictures keep their type: anything else would run as a page of ours.
 * @param {Extract<import('./content.js').Content, { kind: 'file' }>} file
 * @param {string[]} urls addresses to give back when the message leaves the screen
 */
function fileOf(file, urls) {
  const picture = isPicture(file)
  const name = file.name || t('unnamed')
  const url = URL.createObjectURL(new Blob([file.bytes], { type: picture ? file.type : 'application/octet-stream' }))
  urls.push(url)
  if (picture) {
    const { width, height } = file
    const image = h('img', { src: url, alt: `${t('picture')}: ${name}`, width, height, decoding: 'async' })
    return h('a', { class: 'picture', href: url, target: '_blank', rel: 'noopener' }, image)
  }
  const label = t('save', { name })
  const words = h('span', {}, h('bdi', {}, name), h('small', {}, sizeOf(file.bytes.length)))
  return h(
    'a',
    { class: 'file', href: url, download: file.name || 'file.bin', 'aria-label': label },
    icon('file'),
    words,
  )
}

/** @param {number} bytes */
export const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} KiB`)

import { contentOf, isPicture } from './content.js'
import { copy, h, icon, linkButton, one, spoken } from './dom.js'
import { isEmoji, linkify } from './rich.js'
import { t } from './text.js'
import { dayName, momentOf, timeOf } from './time.js'

/** @import { Content, FileContent, MessageRow, Messenger } from './types.ts' */

/** A message in one line. @param {Content} content */
export function preview(content) {
  if (content.kind === 'text') return content.text.replace(/\s+/gu, ' ').trim().slice(0, 120) || t('empty')
  return isPicture(content) ? t('picture') : `${t('file')}: ${content.name || t('unnamed')}`
}

/** The line between two days. @param {Date} date */
export function createDay(date) {
  const element = h('li', { class: 'day' }, h('time', {}, dayName(date)))
  return { element, update: () => {}, stop: () => {} }
}

/** One message; its content never changes, its state does. @param {MessageRow} row @param {Messenger} messenger @param {string} name */
export function createMessage({ message, mine }, messenger, name) {
  const element = copy('message')
  const bubble = one(element, '.bubble')
  const meta = one(element, '.meta')
  const time = one(meta, 'time', HTMLTimeElement)
  const actions = one(element, '.actions')
  const content = contentOf(message)
  const url = content.kind === 'file' ? urlOf(content) : ''
  one(bubble, '.spoken').textContent = `${mine ? t('you') : name}: `
  meta.before(content.kind === 'text' ? textOf(content.text) : fileOf(content, url))
  bubble.classList.toggle('large', content.kind === 'text' && isEmoji(content.text))
  element.classList.toggle('mine', mine)

  return {
    element,
    /** @param {MessageRow} row */
    update({ first, last, message: now }) {
      element.classList.toggle('first', first)
      element.classList.toggle('last', last)
      const state = 'state' in now ? now.state : 'stored'
      if (element.dataset['state'] === state && time.dateTime === now.created_at) return
      element.dataset['state'] = state
      time.dateTime = now.created_at
      time.title = momentOf(now.created_at)
      time.textContent = timeOf(now.created_at)
      meta.replaceChildren(time, ...(mine || state === 'transient' ? [icon(state), spoken(t(state))] : []))
      actions.hidden = state !== 'failed'
      if (!('state' in now)) return
      actions.replaceChildren(
        h('span', { class: 'fault', role: 'alert' }, `${t('failed')}: ${now.reason}`),
        linkButton('retry', () => messenger.retry(now)),
        linkButton('discard', () => messenger.discard(now)),
      )
    },
    stop: () => URL.revokeObjectURL(url),
  }
}

/** @param {string} text */
function textOf(text) {
  if (text.trim() === '') return h('p', { class: 'quiet' }, t('empty'))
  const link = { target: '_blank', rel: 'noopener noreferrer' }
  return h(
    'p',
    { dir: 'auto' },
    ...linkify(text).map((part) => (part.href ? h('a', { href: part.href, ...link }, part.text) : part.text)),
  )
}

/** Only pictures keep their type: anything else would open as a page of ours. @param {FileContent} file */
function urlOf(file) {
  return URL.createObjectURL(new Blob([file.bytes], { type: isPicture(file) ? file.type : 'application/octet-stream' }))
}

/** A picture to look at, or a file to save. @param {FileContent} file @param {string} url */
function fileOf(file, url) {
  const name = file.name || t('unnamed')
  if (isPicture(file)) {
    const { width, height } = file
    const image = h('img', { src: url, alt: `${t('picture')}: ${name}`, width, height, decoding: 'async' })
    return h('a', { class: 'picture', href: url, target: '_blank', rel: 'noopener' }, image)
  }
  const words = h('span', {}, h('bdi', {}, name), h('small', {}, sizeOf(file.bytes.length)))
  const save = { download: file.name || 'file.bin', 'aria-label': t('save', { name }) }
  return h('a', { class: 'file', href: url, ...save }, icon('file'), words)
}

/** @param {number} bytes */
export const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} KiB`)

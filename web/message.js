import { contentOf, isPicture } from './content.js'
import { copy, fill, h, icon, one, spoken } from './dom.js'
import { isEmoji, linkify } from './rich.js'
import { t } from './text.js'
import { dayName, momentOf, timeOf } from './time.js'

/** @import * as T from './types.ts' */

/** A message in one line. @param {T.Content} content */
export function preview(content) {
  if (content.kind === 'text') return content.text.replace(/\s+/gu, ' ').trim().slice(0, 120) || t('empty')
  return isPicture(content) ? t('picture') : `${t('file')}: ${content.name || t('unnamed')}`
}

/** One message, or the line between two days. A message's content never changes, its state does. @type {T.CreateRow} */
export function createRow(made, messenger, name) {
  if ('day' in made) {
    const element = h('li', { class: 'day' }, h('time', {}, dayName(made.day)))
    return { element, update() {}, stop() {} }
  }
  const { message, mine } = made
  const element = copy('message')
  const meta = one(element, '.meta')
  const content = contentOf(message)
  const url = content.kind === 'file' ? urlOf(content) : ''
  fill(element, { '.spoken': `${mine ? t('you') : name}: ` })
  meta.before(content.kind === 'text' ? textOf(content.text) : fileOf(content, url))
  one(element, '.bubble').classList.toggle('large', content.kind === 'text' && isEmoji(content.text))
  element.classList.toggle('mine', mine)

  return {
    element,
    update(row) {
      if ('day' in row) return
      const { first, last, message: now } = row
      element.classList.toggle('first', first)
      element.classList.toggle('last', last)
      const state = 'state' in now ? now.state : 'stored'
      const time = h('time', { datetime: now.created_at, title: momentOf(now.created_at) }, timeOf(now.created_at))
      meta.replaceChildren(time, ...(mine || state === 'transient' ? [icon(state), spoken(t(state))] : []))
      element.dataset['state'] = state
      one(element, '.actions').hidden = state !== 'failed'
      if (!('state' in now)) return
      fill(element, { '.fault': state === 'failed' ? `${t('failed')}: ${now.reason}` : '' })
      one(element, '.retry').onclick = () => messenger.retry(now)
      one(element, '.discard').onclick = () => messenger.discard(now)
    },
    stop: () => URL.revokeObjectURL(url),
  }
}

/** @param {string} text */
function textOf(text) {
  if (text.trim() === '') return h('p', { class: 'quiet' }, t('empty'))
  const safely = { target: '_blank', rel: 'noopener noreferrer' }
  const parts = linkify(text).map(({ text, href }) => (href ? h('a', { href, ...safely }, text) : text))
  return h('p', { dir: 'auto' }, ...parts)
}

/** Only pictures keep their type: anything else would open as a page of ours. @param {T.FileContent} file */
function urlOf(file) {
  return URL.createObjectURL(new Blob([file.bytes], { type: isPicture(file) ? file.type : 'application/octet-stream' }))
}

/** A picture to look at, or a file to save. @param {T.FileContent} file @param {string} url */
function fileOf(file, url) {
  const { width, height, bytes } = file
  const name = file.name || t('unnamed')
  if (isPicture(file)) {
    const image = h('img', { src: url, alt: `${t('picture')}: ${name}`, width, height, decoding: 'async' })
    return h('a', { class: 'picture', href: url, target: '_blank', rel: 'noopener' }, image)
  }
  const words = h('span', {}, h('bdi', {}, name), h('small', {}, sizeOf(bytes.length)))
  const save = { download: file.name || 'file.bin', 'aria-label': t('save', { name }) }
  return h('a', { class: 'file', href: url, ...save }, icon('file'), words)
}

/** @param {number} bytes */
export const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} KiB`)

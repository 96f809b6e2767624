import { contentOf, isPicture } from './content.js'
import { copy, fill, h, one } from './dom.js'
import { isEmoji, linkify } from './rich.js'
import { dayName, t, timeOf } from './text.js'

/** @import * as T from './types.ts' */

/** A message in one line. @param {T.Content} content */
export function preview(content) {
  if (content.kind === 'text') return content.text.replace(/\s+/gu, ' ').trim().slice(0, 120) || t('empty')
  return isPicture(content) ? t('picture') : `${t('file')}: ${content.name || t('unnamed')}`
}

/** One message, whose state may change, or the line between two days. @type {T.CreateRow} */
export function createRow(made, messenger, name) {
  if ('day' in made) {
    return { element: h('li', { className: 'day' }, h('time', {}, dayName(made.day))), update() {} }
  }
  const { message, mine } = made
  const element = copy('message')
  const content = contentOf(message)
  const isText = content.kind === 'text'
  fill(element, { '.who': `${mine ? t('you') : name}: ` })
  one(element, '.meta').before(isText ? textOf(content.text) : fileOf(content))
  one(element, '.bubble').classList.toggle('large', isText && isEmoji(content.text))

  return {
    element,
    update(row) {
      if ('day' in row) return
      const { message, mine, first, last } = row
      const state = 'state' in message ? message.state : 'stored'
      for (const [name, on] of Object.entries({ mine, first, last })) element.classList.toggle(name, on)
      element.dataset['state'] = state
      fill(element, { time: timeOf(message.created_at), '.state': t(state) })
      one(element, 'use').setAttribute('href', `#icon-${state}`)
      if (!('state' in message) || state !== 'failed') return
      fill(element, { '.fault': `${t('failed')}: ${message.reason}` })
      one(element, '.retry').onclick = () => messenger.retry(message)
      one(element, '.discard').onclick = () => messenger.discard(message)
    },
  }
}

/** @param {string} text */
function textOf(text) {
  if (text.trim() === '') return h('p', { className: 'quiet' }, t('empty'))
  const parts = linkify(text).map(({ text, href }) =>
    href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text) : text,
  )
  return h('p', { dir: 'auto' }, ...parts)
}

/** Only pictures keep their type: others might open as a page of ours. @param {T.FileContent} file */
function fileOf(file) {
  const { width = 0, height = 0, bytes } = file
  const picture = isPicture(file)
  const name = file.name || t('unnamed')
  const type = picture ? file.type : 'application/octet-stream'
  file.url ??= URL.createObjectURL(new Blob([bytes], { type }))
  const link = Object.assign(copy(picture ? 'picture' : 'file'), { href: file.url })
  if (picture) {
    Object.assign(one(link, 'img'), { src: file.url, alt: `${t('picture')}: ${name}`, ...(width && { width, height }) })
  } else {
    Object.assign(link, { download: file.name || 'file.bin', ariaLabel: t('save', { name }) })
    fill(link, { bdi: name, small: sizeOf(bytes.length) })
  }
  return link
}

/** `64 KiB`. @param {number} bytes */
export const sizeOf = (bytes) => `${Math.ceil(bytes / 1024)} KiB`

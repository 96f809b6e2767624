import { isPicture } from './content.js'
import { t } from './text.js'

/** A message in one line. @param {import('./content.js').Content} content */
export function preview(content) {
  if (content.kind === 'text') return content.text.replace(/\s+/gu, ' ').trim().slice(0, 120) || t('empty')
  return isPicture(content) ? t('picture') : `${t('file')}: ${content.name || t('unnamed')}`
}

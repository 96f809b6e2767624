/** Text and its links: http and https alone. @type {import('./types.ts').Linkify} */
export function linkify(text) {
  const parts = []
  let end = 0
  for (const { 0: match, index } of text.matchAll(/\b(?:https?:\/\/|www\.)[^\s<>"]+/giu)) {
    const shown = trimmed(match)
    const href = shown.replace(/^www\./i, 'https://$&')
    if (!URL.canParse(href)) continue
    parts.push({ text: text.slice(end, index) }, { text: shown, href })
    end = index + shown.length
  }
  return [...parts, { text: text.slice(end) }]
}

/** Without the punctuation around it. @param {string} link */
function trimmed(link) {
  const text = link.replace(/[.,:;!?'»”…]+$/u, '')
  return text.split(')').length > text.split('(').length ? text.replace(/\)[^)]*$/u, '') : text
}

const emoji = /^(?:\p{Extended_Pictographic}|\p{EMod}|\p{RI}|\u200d|\ufe0f|[\u{e0020}-\u{e007f}]|\s)+$/u

/** Whether a text is nothing but a few emoji. @param {string} text */
export const isEmoji = (text) => text.length <= 24 && text.trim() !== '' && emoji.test(text)

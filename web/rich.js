// What makes plain text pleasant: links and large emoji. It yields data, never markup.

/** Splits a text into words and links; only http and https become links. @param {string} text */
export function linkify(text) {
  /** @type {{ text: string, href?: string }[]} */
  const parts = []
  let end = 0
  for (const { 0: match, index } of text.matchAll(/\b(?:https?:\/\/|www\.)[^\s<>"]+/giu)) {
    const shown = trimmed(match)
    const href = shown.replace(/^www\./i, 'https://$&')
    if (!URL.canParse(href)) continue
    if (index > end) parts.push({ text: text.slice(end, index) })
    parts.push({ text: shown, href })
    end = index + shown.length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** Without the punctuation of the sentence around it. @param {string} link */
function trimmed(link) {
  const text = link.replace(/[.,:;!?'»”…]+$/u, '')
  return text.split(')').length > text.split('(').length ? text.replace(/\)[^)]*$/u, '') : text
}

const emoji = /^(?:\p{Extended_Pictographic}|\p{EMod}|\p{RI}|\u200d|\ufe0f|[\u{e0020}-\u{e007f}]|\s)+$/u

/** Whether a text is nothing but a few emoji. @param {string} text */
export const isEmoji = (text) => text.length <= 24 && emoji.test(text) && /\p{Extended_Pictographic}|\p{RI}/u.test(text)

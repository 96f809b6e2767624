/**
 * What makes plain text pleasant: links and large emoji. It yields data, never markup.
 * @typedef {{ text: string, href?: string }} Part
 */

const candidate = /\b(?:https?:\/\/|www\.)[^\s<>"]+/giu

/** Splits a text into words and links; only http and https become links. @param {string} text @returns {Part[]} */
export function linkify(text) {
  /** @type {Part[]} */
  const parts = []
  let end = 0
  for (const match of text.matchAll(candidate)) {
    const shown = trimmed(match[0])
    const href = address(shown)
    if (!href) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index) })
    parts.push({ text: shown, href })
    end = match.index + shown.length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** Leaves out the punctuation of the sentence around a link. @param {string} link */
function trimmed(link) {
  const text = link.replace(/[.,:;!?'»”…]+$/u, '')
  const open = text.split('(').length
  const close = text.split(')').length
  return close > open ? text.replace(/\)+[^)]*$/u, '') : text
}

/** @param {string} text @returns {string | undefined} */
function address(text) {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text)
    return /^https?:$/.test(url.protocol) && url.hostname.length > 0 ? url.href : undefined
  } catch {
    return undefined
  }
}

const pictographs =
  /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u{200d}\u{fe0f}\u{e0020}-\u{e007f}]|\s)+$/u

/** Whether a text is nothing but a few emoji. @param {string} text */
export const isEmoji = (text) =>
  text.length <= 24 && pictographs.test(text) && /[\p{Extended_Pictographic}\p{RI}]/u.test(text)

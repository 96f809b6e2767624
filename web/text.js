/** @import { Key } from './types.ts' */

// Some systems name languages in ways that Intl refuses, such as `en-US@posix`.
const tags = navigator.languages.map((tag) => tag.replace(/[^\w-].*/, ''))
const known = tags.find((tag) => /^(en|ru)\b/i.test(tag))

/** How the reader writes dates and numbers. */
export const locale = known ?? tags[0] ?? 'en'
/** The language of the words. */
export const language = known?.toLowerCase().startsWith('ru') ? 'ru' : 'en'

const plural = new Intl.PluralRules(language)
/** @type {Record<string, string | Record<string, string>>} */
let words = {}

/** Reads the words of both languages, all of them in text.json. */
export async function loadText() {
  words = (await (await fetch('text.json')).json())[language]
}

/** A text in the reader's language; `n` among the values chooses the form. @param {Key} key @param {Record<string, string | number>} [values] */
export function t(key, values = {}) {
  const entry = words[key] ?? key
  const text = typeof entry === 'string' ? entry : (entry[plural.select(Number(values['n']))] ?? '')
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

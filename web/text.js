/** @import * as T from './types.ts' */

// Intl refuses some systems' names, such as `en-US@posix`.
const tags = navigator.languages.map((tag) => tag.replace(/[^\w-].*/, ''))
const known = tags.find((tag) => /^(en|ru)\b/i.test(tag))

/** How the reader writes dates. */
const locale = known ?? tags[0] ?? 'en'
/** The language of the words. */
export const language = known?.toLowerCase().startsWith('ru') ? 'ru' : 'en'

const plural = new Intl.PluralRules(language)
/** @type {Record<string, string | Record<string, string>>} */
let words = {}

/** Reads the words (text.json). */
export async function loadText() {
  words = (await (await fetch('text.json')).json())[language]
}

/** A text in the reader's language; the value `n` chooses the form. @type {T.Translate} */
export function t(key, values = {}) {
  const entry = words[key] ?? key
  const text = typeof entry === 'string' ? entry : (entry[plural.select(Number(values['n']))] ?? '')
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(locale, options)
const clock = format({ hour: 'numeric', minute: '2-digit' })
const weekday = format({ weekday: 'short' })
const short = format({ dateStyle: 'short' })
const long = format({ weekday: 'long', day: 'numeric', month: 'long' })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

/** Midnights since. @param {Date} date */
function daysSince(date) {
  const [then, today] = [date, new Date()].map((moment) => new Date(moment).setHours(0, 0, 0, 0))
  return Math.round((Number(today) - Number(then)) / 86_400_000)
}

/** `14:05`. @param {string} timestamp */
export const timeOf = (timestamp) => clock.format(new Date(timestamp))

/** For the list: a time, a day of the week, a date. @param {string} timestamp */
export function ageOf(timestamp) {
  const date = new Date(timestamp)
  const days = daysSince(date)
  return (days <= 0 ? clock : days < 7 ? weekday : short).format(date)
}

/** The line between two days: today, yesterday, a date. @param {Date} date */
export function dayName(date) {
  const days = daysSince(date)
  return days === 0 || days === 1 ? relative.format(-days, 'day') : (days < 300 ? long : short).format(date)
}

import { locale } from './text.js'

/** Every date and time of the page, in the reader's own format, language and zone. */

const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' })
const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const dated = new Intl.DateTimeFormat(locale, { dateStyle: 'short' })
const long = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const longest = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

/** Midnights between two moments. @param {Date} from @param {Date} to */
function daysBetween(from, to) {
  const midnight = (/** @type {Date} */ date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(to) - midnight(from)) / 86_400_000)
}

/** `14:05`. @param {string} timestamp */
export const timeOf = (timestamp) => clock.format(new Date(timestamp))

/** The full moment, for a tooltip. @param {string} timestamp */
export const momentOf = (timestamp) => exact.format(new Date(timestamp))

/** As short as the list needs it: a time, a day of the week, a date. @param {string} timestamp @param {Date} now */
export function ageOf(timestamp, now = new Date()) {
  const date = new Date(timestamp)
  const days = daysBetween(date, now)
  if (days <= 0) return clock.format(date)
  if (days < 7) return weekday.format(date)
  return date.getFullYear() === now.getFullYear() ? short.format(date) : dated.format(date)
}

/** The line between two days: today, yesterday, a date. @param {Date} date @param {Date} now */
export function dayName(date, now = new Date()) {
  const days = daysBetween(date, now)
  if (days === 0 || days === 1) {
    const name = relative.format(-days, 'day')
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
  }
  return (date.getFullYear() === now.getFullYear() ? long : longest).format(date)
}

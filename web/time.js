import { locale } from './text.js'

// Every date and time of the page, in the reader's own format, language and zone.

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(locale, options)
const clock = format({ hour: 'numeric', minute: '2-digit' })
const weekday = format({ weekday: 'short' })
const short = format({ dateStyle: 'short' })
const long = format({ weekday: 'long', day: 'numeric', month: 'long' })
const exact = format({ dateStyle: 'long', timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

/** Midnights since a moment. @param {Date} date @param {Date} now */
function daysSince(date, now) {
  const midnight = (/** @type {Date} */ moment) => new Date(moment).setHours(0, 0, 0, 0)
  return Math.round((midnight(now) - midnight(date)) / 86_400_000)
}

/** `14:05`. @param {string} timestamp */
export const timeOf = (timestamp) => clock.format(new Date(timestamp))

/** The full moment. @param {string} timestamp */
export const momentOf = (timestamp) => exact.format(new Date(timestamp))

/** As short as the list needs it: a time, a day of the week, a date. @param {string} timestamp */
export function ageOf(timestamp, now = new Date()) {
  const date = new Date(timestamp)
  const days = daysSince(date, now)
  return (days <= 0 ? clock : days < 7 ? weekday : short).format(date)
}

/** The line between two days: today, yesterday, a date. @param {Date} date */
export function dayName(date, now = new Date()) {
  const days = daysSince(date, now)
  const name = days === 0 || days === 1 ? relative.format(-days, 'day') : (days < 300 ? long : short).format(date)
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
}

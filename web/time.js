import { locale } from './text.js'

// Every date and time of the page, in the reader's own format, language and zone.

const options = /** @type {const} */ ({
  clock: { hour: 'numeric', minute: '2-digit' },
  weekday: { weekday: 'short' },
  short: { day: 'numeric', month: 'short' },
  dated: { dateStyle: 'short' },
  long: { weekday: 'long', day: 'numeric', month: 'long' },
  longest: { dateStyle: 'long' },
  exact: { dateStyle: 'long', timeStyle: 'medium' },
})
const formats = Object.fromEntries(
  Object.entries(options).map(([name, one]) => [name, new Intl.DateTimeFormat(locale, one)]),
)
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

/** @param {keyof typeof options} name @param {Date} date */
const format = (name, date) => formats[name]?.format(date) ?? ''

/** Midnights between two moments. @param {Date} from @param {Date} to */
function daysBetween(from, to) {
  const [start, end] = [from, to].map((date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()))
  return Math.round(((end ?? 0) - (start ?? 0)) / 86_400_000)
}

/** `14:05`. @param {string} timestamp */
export const timeOf = (timestamp) => format('clock', new Date(timestamp))

/** The full moment. @param {string} timestamp */
export const momentOf = (timestamp) => format('exact', new Date(timestamp))

/** As short as the list needs it: a time, a day of the week, a date. @param {string} timestamp */
export function ageOf(timestamp, now = new Date()) {
  const date = new Date(timestamp)
  const days = daysBetween(date, now)
  if (days < 7) return format(days <= 0 ? 'clock' : 'weekday', date)
  return format(date.getFullYear() === now.getFullYear() ? 'short' : 'dated', date)
}

/** The line between two days: today, yesterday, a date. @param {Date} date */
export function dayName(date, now = new Date()) {
  const days = daysBetween(date, now)
  if (days !== 0 && days !== 1) return format(date.getFullYear() === now.getFullYear() ? 'long' : 'longest', date)
  const name = relative.format(-days, 'day')
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
}

import { accessSync, constants } from 'node:fs'
import { isIP } from 'node:net'

const MS_OF = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/**
 * A duration as Go writes it (`24h`, `1h30m`, `1.5s`), in milliseconds.
 * @returns undefined for what is none
 */
export function parseDuration(text: string): number | undefined {
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([^\d.]+)/gu)) {
    ms += Number(amount) * MS_OF[unit as keyof typeof MS_OF]
  }
  return ms
}

/**
 * A listening address as Go writes it (`:8080`, `127.0.0.1:8080`, `[::1]:8080`); no host stands for all of them.
 * @returns undefined for what is none
 */
export function parseAddress(text: string): { host: string; port: number } | undefined {
  const [, ipv6, name, digits] = /^(?:\[([^\]]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535 || (ipv6 !== undefined && isIP(ipv6) !== 6)) return undefined
  return { host: ipv6 ?? name ?? '', port }
}

/** Makes a value of a variable's text; undefined where that is none. */
export type Parse<T> = (text: string) => T | undefined

/** One of a few words. */
export const oneOf =
  <const T extends string>(values: readonly T[]): Parse<T> =>
  (text) =>
    values.find((value) => value === text)

/** A whole number within bounds, in digits alone. */
export const integer =
  (min: number, max: number): Parse<number> =>
  (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined

/** A duration within bounds, in whole milliseconds. */
export const duration =
  (min: number, max: number): Parse<number> =>
  (text) => {
    const ms = parseDuration(text)
    return ms !== undefined && ms >= min && ms <= max ? Math.round(ms) : undefined
  }

/** A list with commas between. */
export const list =
  (isItem: (item: string) => boolean): Parse<readonly string[]> =>
  (text) => {
    const items = text.split(',').map((item) => item.trim())
    return items.every(isItem) ? items : undefined
  }

/** Whatever it is. */
export const anyText: Parse<string> = (text) => text

/** An origin as browsers write it. */
export const isOrigin = (text: string) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text

/** An address, or a network in CIDR form. */
export function isNetwork(text: string) {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  // A prefix of 0 would believe everybody; the header is worth nothing then.
  return bits > 0 && (prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= bits))
}

/** The path of a file that may be read. */
export function readableFile(path: string) {
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch {
    return undefined
  }
}

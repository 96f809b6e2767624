import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The project's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Reads a file of the project. */
export const read = (path: string): Promise<string> => readFile(`${root}${path}`, 'utf8')

/** The documents that a person reads. */
export const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'PROTOCOL.md', 'DEPLOY.md'] as const

/** The part of a document below a heading, up to the next heading of its level or above. */
export const section = (document: string, heading: string): string => {
  const level = /^#+/.exec(heading)?.[0].length ?? 0
  const lines = document.split('\n')
  const start = lines.indexOf(heading)
  if (start < 0) throw new Error(`there is no heading "${heading}"`)
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => new RegExp(`^#{1,${level}} `).test(line))
  return rest.slice(0, end < 0 ? undefined : end).join('\n')
}

/** A fenced block. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document, in order. */
export const blocks = (document: string): Block[] =>
  [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }))

/** The rows of the tables in a text, without headings; every cell without the backticks around it. */
export const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    )
    .filter((cells, index, all) => !isRule(cells) && !isRule(all[index + 1] ?? []))

const isRule = (cells: readonly string[]) => cells.length > 0 && cells.every((cell) => /^:?-+:?$/.test(cell))

/**
 * A number that the source gives a name to, as a constant, a default or a field; durations in milliseconds.
 * @throws when there is no such name with a plain number
 */
export const constant = async (path: string, name: string): Promise<number> => {
  const [, digits, unit] = new RegExp(`\\b${name}\\s*[:=]\\s*([\\d_.]+)( \\* SECOND)?`).exec(await read(path)) ?? []
  if (digits === undefined) throw new Error(`${path} has no number named ${name}`)
  return Number(digits.replaceAll('_', '')) * (unit === undefined ? 1 : 1_000)
}

const units = { KiB: 1_024, MiB: 1_048_576, ms: 1, s: 1_000, min: 60_000 } as const

/** What a document writes as `20,000`, `32 MiB` or `1.5 s`, in bytes, milliseconds or pieces. */
export const amount = (text: string): number => {
  const [, digits = '', unit] = /^([\d,.]+)(?: (KiB|MiB|ms|s|min)\b)?/.exec(text) ?? []
  return Number(digits.replaceAll(',', '')) * (unit === undefined ? 1 : units[unit as keyof typeof units])
}

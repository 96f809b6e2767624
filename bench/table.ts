import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { shown } from './context.ts'
import type { Results } from './results.ts'
import type { Spread } from './stats.ts'

const BEGIN = '<!-- bench:begin -->'
const END = '<!-- bench:end -->'

type Figure = Results['figures'][number]

const withUnit = ({ median }: Spread, unit: string): string => `${shown(median)}${unit === '' ? '' : ` ${unit}`}`
const range = ({ min, max, runs }: Spread): string => (runs > 1 ? ` (${shown(min)} to ${shown(max)})` : '')

const cells = ({ label, unit, value, against, ratio, target }: Figure): string[] => [
  label,
  withUnit(value, unit) + range(value),
  against === undefined ? '' : `${withUnit(against.value, unit)} ${against.name}${range(against.value)}`,
  ratio === undefined ? '' : `${ratio.toFixed(2)}x`,
  target === undefined || ratio === undefined ? '' : `${ratio >= target ? 'yes' : 'NO'}, ${shown(target)}x`,
]

const heading = ['', 'Messenger', 'compared with', 'times as good', 'at least']

const machineOf = ({ machine, date, quick }: Results): string =>
  `${machine.cores} cores of ${machine.cpu}, ${machine.memory}, Node ${machine.node}, PostgreSQL ${machine.postgres}, ` +
  `${date.slice(0, 10)}, commit ${machine.commit}${quick ? ', quick run' : ''}`

const notesOf = ({ figures }: Results): string[] =>
  figures.flatMap(({ label, note }) => (note === undefined ? [] : [`${label}: ${note}`]))

/** The report as a table for a terminal. */
export const textTable = (results: Results): string => {
  const rows = [heading, ...results.figures.map(cells)]
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return ['', ...lines, '', ...notesOf(results), machineOf(results)].join('\n')
}

/** The report as a Markdown table. */
export const markdownTable = (results: Results): string => {
  const row = (columns: readonly string[]) => `| ${columns.join(' | ')} |`
  const lines = [row(heading), row(heading.map(() => '---')), ...results.figures.map((entry) => row(cells(entry)))]
  return [...lines, '', ...notesOf(results).map((note) => `- ${note}`), `Measured on ${machineOf(results)}.`].join('\n')
}

/** A document with the table between its two marks replaced. */
export const replaceTable = (document: string, table: string): string => {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the document has no ${BEGIN} … ${END}`)
  return `${document.slice(0, begin + BEGIN.length)}\n${table}\n${document.slice(end)}`
}

// `tsx bench/table.ts` prints the Markdown table; with a file's name it puts it there, between the marks.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = fileURLToPath(new URL('results.json', import.meta.url))
  const table = markdownTable(JSON.parse(readFileSync(file, 'utf8')) as Results)
  const [target] = process.argv.slice(2)
  if (target === undefined) console.log(table)
  else writeFileSync(target, replaceTable(readFileSync(target, 'utf8'), table))
}

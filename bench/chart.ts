import { shown } from './context.ts'
import type { Results } from './results.ts'

const WIDTH = 860
const LABEL = 330
const ROW = 44
const TOP = 56
const BAR = 15

type Figure = Results['figures'][number]

const encode = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)

const bar = (y: number, width: number, kind: string, text: string): string =>
  `<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>` +
  `<text class="small" x="${(LABEL + width + 6).toFixed(1)}" y="${y + 12}">${encode(text)}</text>`

const row = ({ label, unit, value, against, ratio = 1 }: Figure, index: number): string => {
  const theirs = against?.value.median ?? 0
  const longest = Math.max(value.median, theirs)
  const room = WIDTH - LABEL - 170
  const width = (amount: number): number => Math.max(1, (amount / longest) * room)
  const y = TOP + index * ROW
  return (
    `<text x="${LABEL - 12}" y="${y + 20}" text-anchor="end">${encode(label)}</text>` +
    bar(y, width(value.median), 'ours', `${shown(value.median)} ${unit} (${ratio.toFixed(1)}x)`) +
    bar(y + BAR + 3, width(theirs), 'theirs', `${shown(theirs)} ${unit}`)
  )
}

/** Two bars for every figure that the baseline has too: a hand-made SVG that suits light and dark pages. */
export const chart = (results: Results): string => {
  const rows = results.figures.filter(({ against }) => against?.name.startsWith('baseline'))
  const height = TOP + rows.length * ROW + 30
  const { machine, date } = results
  const source = `${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, PostgreSQL ${machine.postgres}, ${date.slice(0, 10)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Messenger beside the baseline">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } .small { font-size: 12px } .title { font-size: 16px; font-weight: 600 }
.ours { fill: #1a7f64 } .theirs { fill: #a8b1ba }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb98f } .theirs { fill: #5b6672 } }
</style>
<text class="title" x="12" y="24">Beside a plain implementation</text>
<rect class="ours" x="${LABEL}" y="12" width="12" height="12" rx="2"/><text class="small" x="${LABEL + 18}" y="23">Messenger</text>
<rect class="theirs" x="${LABEL + 110}" y="12" width="12" height="12" rx="2"/><text class="small" x="${LABEL + 128}" y="23">baseline</text>
<text class="small" x="${LABEL + 210}" y="23">whether more or less is better: see the unit</text>
${rows.map(row).join('\n')}
<text class="small" x="12" y="${height - 10}">${encode(source)}</text>
</svg>
`
}

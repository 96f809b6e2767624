import t from 'tap'
import { chart } from '../../bench/chart.ts'
import { exactly, figure, type Results } from '../../bench/results.ts'
import { markdownTable, replaceTable, textTable } from '../../bench/table.ts'

const results: Results = {
  date: '2026-02-03T10:00:00.000Z',
  quick: true,
  machine: { cpu: 'A <chip>', cores: '2', memory: '4 GiB', node: 'v20.0.0', postgres: '18.4', commit: 'abc' },
  figures: [
    figure({
      ...{
        id: 'a/rate',
        label: 'Fast',
        unit: 'msg/s',
        better: 'higher',
        value: { median: 9000, min: 8000, max: 9500, runs: 3 },
      },
      ...{ against: { name: 'baseline', value: exactly(3000) }, target: 2.5 },
    }),
    figure({
      ...{ id: 'a/memory', label: 'Lean', unit: 'KiB', better: 'lower', value: exactly(24) },
      ...{ against: { name: 'at most', value: exactly(12) }, target: 1, note: 'the generator was busy' },
    }),
  ],
}

t.test('a ratio above 1 is better, whichever way the unit points', async (t) => {
  t.same(
    results.figures.map(({ ratio }) => ratio),
    [3, 0.5],
  )
})

t.test('the tables say what was reached and what was not', async (t) => {
  const text = textTable(results)
  t.match(text, /Fast +9,000 msg\/s \(8,000 to 9,500\) +3,000 msg\/s baseline +3\.00x +yes, 2\.5x/)
  t.match(text, /Lean +24 KiB +12 KiB at most +0\.50x +NO, 1x/)
  t.match(text, /Lean: the generator was busy/)
  t.match(markdownTable(results), '| Fast | 9,000 msg/s (8,000 to 9,500) | 3,000 msg/s baseline | 3.00x | yes, 2.5x |')
})

t.test('the table replaces the one between the marks of a document', async (t) => {
  const document = '# A\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nB\n'
  t.equal(replaceTable(document, 'new'), '# A\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nB\n')
  t.throws(() => replaceTable('# A\n', 'new'), { message: /has no/ })
})

t.test('the chart has a pair of bars for every comparison with the baseline', async (t) => {
  const svg = chart(results)
  t.equal(svg.match(/<rect/g)?.length, 2 + 2)
  t.match(svg, 'A &#60;chip&#62;')
})

import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { type Figure, type Measured, measure } from './figure.ts'
import { jobs } from './jobs.ts'
import { lines } from './lines.ts'

const FIGURES: Figure[] = [jobs(2), jobs(10), lines]

const measured: Measured[] = []
for (const figure of FIGURES) {
  const result = await measure(figure)
  measured.push(result)
  console.log(row(result))
}
await writeFile(new URL('./RESULTS.md', import.meta.url), page(measured))

function row({ figure, ours, floor, ratio, notes }: Measured): string {
  const noted = Object.entries(notes).map(([name, value]) => `${name} ${value.toFixed(1)}`)
  const reached = ratio >= figure.reach ? 'reached' : 'missed'
  const cells = [
    figure.name,
    `${Math.round(ours)} ${figure.unit}`,
    `${Math.round(floor)} (${figure.floor})`,
    ratio.toFixed(2),
    `${figure.reach} ${reached}`,
    noted.join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

function page(all: Measured[]): string {
  const cores = cpus().length
  return [
    '# Bench results',
    '',
    `Written by \`npm run bench\`; nothing else writes here. Each figure is the median of five rounds, each round measures`,
    `its floor too, and the ratio is the median of the rounds' ratios. Node ${process.versions.node}, ${cores} cores, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '| figure | ours | floor | ratio | to reach | besides |',
    '|---|---|---|---|---|---|',
    ...all.map(row),
    '',
  ].join('\n')
}

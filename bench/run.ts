import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { firstByte, listJobs, postJob } from './api.ts'
import { claim } from './claim.ts'
import { discordBurst, discordCard } from './discord.ts'
import { type Figure, type Measured, measure } from './figure.ts'
import { jobPage, jobPageWeight } from './job-page.ts'
import { jobs } from './jobs.ts'
import { keyProxy } from './key-proxy.ts'
import { lines } from './lines.ts'
import { lagMedian, lagTail, readers } from './live.ts'
import { longLine, longLog } from './memory.ts'
import { restart } from './restart.ts'
import { sandbox } from './sandbox.ts'
import { claimSchedules } from './schedules.ts'
import { slackAnswer, slackBusyChannel, slackCalls, slackCard } from './slack.ts'
import { idle, idleWithChats, leftByJobs, start } from './start.ts'

const FIGURES: Figure[] = [
  jobs(2),
  jobs(10),
  claim,
  lines,
  longLog,
  longLine,
  keyProxy,
  lagMedian,
  lagTail,
  readers,
  listJobs,
  postJob,
  firstByte,
  start,
  idle,
  idleWithChats,
  leftByJobs,
  sandbox,
  restart,
  claimSchedules,
  jobPage,
  jobPageWeight,
  slackCard,
  slackBusyChannel,
  slackAnswer,
  slackCalls,
  discordCard,
  discordBurst,
]

// `npm run bench -- memory` measures what has that word in its name, and leaves the results as they are.
const words = process.argv.slice(2)
const chosen = FIGURES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)))
if (chosen.length === 0) {
  console.error(`No figure has such a name. There are:\n${FIGURES.map(({ name }) => `  ${name}`).join('\n')}`)
  process.exitCode = 2
}

const measured: Measured[] = []
for (const figure of chosen) {
  const result = await measure(figure)
  measured.push(result)
  console.log(row(result))
}
if (words.length === 0) await writeFile(new URL('./RESULTS.md', import.meta.url), page(measured))

function row(result: Measured): string {
  const { figure, ours, notes, reached } = result
  const isRatio = 'ratio' in result
  const cells = [
    figure.name,
    `${ours < 10 ? ours.toFixed(2) : Math.round(ours)} ${figure.unit}`,
    isRatio ? `${Math.round(result.floor)} (${result.figure.floor})` : '',
    isRatio ? result.ratio.toFixed(2) : '',
    `${figure.kind === 'ratio' ? figure.reach : `at most ${figure.atMost} ${figure.unit}`} ${reached ? 'reached' : 'missed'}`,
    Object.entries(notes)
      .map(([name, value]) => `${name} ${value.toFixed(1)}`)
      .join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

function page(all: Measured[]): string {
  const cores = cpus().length
  return [
    '# Bench results',
    '',
    'Written by `npm run bench`; nothing else writes here. A rate is the median of five rounds, each round measures its',
    "floor too, and the ratio is the median of the rounds' ratios. A size is the median of three rounds, each in a process",
    `of its own. Node ${process.versions.node}, ${cores} cores, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '| figure | ours | floor | ratio | to reach | besides |',
    '|---|---|---|---|---|---|',
    ...all.map(row),
    '',
  ].join('\n')
}

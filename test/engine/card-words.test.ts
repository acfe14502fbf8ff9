import { expect, test } from 'vitest'
import { cardLine, statusMark, subject } from '../../src/engine/card-words.ts'
import { NO_PROGRESS } from '../../src/engine/progress.ts'
import type { JobView } from '../../src/engine/view.ts'
import { JOB_STATUSES } from '../../src/job.ts'
import { jobView } from '../fakes/engine.ts'

const NOW = new Date('2026-11-21T10:02:10.000Z')
const STARTED = { startedAt: '2026-11-21T10:00:00.000Z' }
const FILE = { path: 'a.md', bytes: 1, type: 'text/markdown', sha256: '', file: '/outputs/a.md' }

const line = (changes: Partial<JobView>, progress = NO_PROGRESS) => cardLine(jobView(changes), NOW, progress)

test('a queued job says its place and why it waits', () => {
  const reason = 'all 4 slots are busy, about 6 min'
  expect(line({ position: 3, reason })).toBe('`brief · Winter tyres` — queued, 3rd: all 4 slots are busy, about 6 min')
})

test('a held job says what it waits for', () => {
  const reason = "Claude's usage limit is reached; it goes on by itself"
  expect(line({ position: null, reason })).toBe(
    "`brief · Winter tyres` — waits: Claude's usage limit is reached; it goes on by itself",
  )
})

test('a running job says how long, what it costs, what it does and how far it is', () => {
  const steps = [
    { text: 'Read', state: 'done' as const },
    { text: 'Write', state: 'doing' as const },
    { text: 'Check', state: 'open' as const },
  ]
  const progress = { ...NO_PROGRESS, current: 'searching the web', steps }
  expect(line({ status: 'running', ...STARTED, costUsd: 0.12 }, progress)).toBe(
    '`brief · Winter tyres` — running 2 m 10 s · $0.12 · searching the web · 1 of 3 steps done',
  )
  expect(line({ status: 'running', ...STARTED })).toBe('`brief · Winter tyres` — running 2 m 10 s')
})

test('a waiting job says its question and since when', () => {
  const question = { text: 'Which audience?', at: '2026-11-21T10:00:00.000Z' }
  expect(line({ status: 'waiting' }, { ...NO_PROGRESS, question })).toBe(
    '`brief · Winter tyres` — needs an answer: "Which audience?" (asked 2 m 10 s ago)',
  )
})

test('an ended job says what it came to', () => {
  const ended = { ...STARTED, finishedAt: '2026-11-21T10:04:02.000Z' }
  expect(line({ status: 'succeeded', ...ended, costUsd: 0.31, outputs: [FILE, FILE] })).toBe(
    '`brief · Winter tyres` — done in 4 m 02 s · $0.31 · 2 files',
  )
  const message = 'The Claude account is out of credit. Add credit, then press Resume.'
  expect(line({ status: 'failed', ...ended, message })).toBe(
    '`brief · Winter tyres` — failed: The Claude account is out of credit. Add credit, then press Resume.',
  )
  expect(line({ status: 'cancelled', ...ended, message: 'cancelled by Ben' })).toBe(
    '`brief · Winter tyres` — cancelled by Ben after 4 m 02 s',
  )
  expect(line({ status: 'cancelled', message: 'cancelled by Ben' })).toBe('`brief · Winter tyres` — cancelled by Ben')
})

test('the subject is one short line that cannot close its own backticks', () => {
  const title = 'A `quoted` title\nthat goes on and on until nobody would read it any more, not even its author'
  expect(subject({ instruction: 'brief', title })).toBe(
    "`brief · A 'quoted' title that goes on and on until nobody would…`",
  )
  for (const title of ['', 'brief']) expect(subject({ instruction: 'brief', title })).toBe('`brief`')
})

test('every status has a shape of its own and a word', () => {
  const marks = JOB_STATUSES.map(statusMark)
  expect(new Set(marks.map(mark => mark[0])).size).toBe(JOB_STATUSES.length)
  for (const mark of marks) expect(mark).toMatch(/^\S \w/)
})

import { expect, test } from 'vitest'
import type { PlatformLimits } from '../../src/bot/platform.ts'
import { resultMessage } from '../../src/bot/result.ts'
import type { JobView } from '../../src/engine/view.ts'
import { jobView } from '../fakes/engine.ts'

const LIMITS: PlatformLimits = {
  messageChars: 2000,
  editsPerMinute: 60,
  tickMs: null,
  filesPerPost: 3,
  fileBytes: 5000,
  postBytes: 12_000,
}
const ENDED = { startedAt: '2026-11-21T10:00:00.000Z', finishedAt: '2026-11-21T10:00:11.000Z', costUsd: 0.03 }

const output = (path: string, bytes = 2100) => ({
  path,
  bytes,
  type: 'text/markdown',
  sha256: '',
  file: `/out/${path}`,
})
const result = (changes: Partial<JobView>, limits = LIMITS) =>
  resultMessage(jobView({ status: 'succeeded', ...ENDED, ...changes }), limits)

test('a success is the answer first, then time, cost and files', () => {
  expect(result({ result: 'Here is the brief.\n', outputs: [output('brief.md'), output('sources.md', 900)] })).toEqual({
    step: 'result',
    text: 'Here is the brief.',
    footer: 'done in 11 s · $0.03 · 2 files',
    files: [
      { name: 'brief.md', file: '/out/brief.md', bytes: 2100, job: '4x7k2m9q' },
      { name: 'sources.md', file: '/out/sources.md', bytes: 900, job: '4x7k2m9q' },
    ],
  })
})

test('an agent without a word is said to have had none', () => {
  expect(result({ result: '' }).text).toBe('Done; the agent gave no answer in words.')
})

test('a failure says what happened, what that means and what to quote', () => {
  const message = 'The Claude account is out of credit. Add credit, then press Resume.'
  const failed = result({ status: 'failed', failure: 'usage_limit', message, outputs: [output('half.md')] })
  expect(failed.text).toBe(
    `${message}\n\nYour request was fine; it can be run again as it is. The files that were made until then are kept.`,
  )
  expect(failed.footer).toBe('after 11 s · $0.03 · 1 file · job 4x7k2m9q · `errand log 4x7k2m9q` shows every step')
  expect(failed.files).toHaveLength(1)
})

test('a failure that has an answer all the same shows it', () => {
  const failed = result({
    status: 'failed',
    failure: 'no_output',
    message: 'No file fits *.md.',
    result: 'I wrote none.',
  })
  expect(failed.text).toBe('No file fits *.md.\n\nI wrote none.')
})

test('a cancelled job says by whom, and nothing of time when it never ran', () => {
  const never = { startedAt: null, costUsd: 0 }
  expect(result({ status: 'cancelled', message: 'cancelled by Ben', ...never })).toMatchObject({
    text: 'Cancelled by Ben.',
    footer: 'job 4x7k2m9q',
  })
})

test('files that are too many or too large, alone or together, are named', () => {
  const outputs = [output('big.zip', 1_200_000), ...['a', 'b', 'c', 'd'].map(name => output(`${name}.md`))]
  const { files, text, footer } = result({ result: 'Done.', outputs })
  expect(files?.map(file => file.name)).toEqual(['a.md', 'b.md', 'c.md'])
  expect(footer).toBe('done in 11 s · $0.03 · 5 files')
  expect(text).toBe(
    'Done.\n\nNot posted here: big.zip (1.2 MB), d.md (2.1 kB). `errand files 4x7k2m9q` says where they are.',
  )
  const heavy = ['a', 'b', 'c'].map(name => output(`${name}.md`, 4500))
  expect(result({ result: 'Done.', outputs: heavy }).text).toContain('Not posted here: c.md (4.5 kB).')
})

test('where the address of the server is known they are links', () => {
  const outputs = [output('[big].zip', 1_200_000), ...['a', 'b', 'c'].map(name => output(`${name}.md`))]
  const view = jobView({ status: 'succeeded', ...ENDED, result: 'Done.', outputs })
  const linkTo = (job: string, { path }: { path: string }) => `https://x.example/files/${job}-${path.length}`
  const { text, files = [] } = resultMessage(view, LIMITS, linkTo)
  expect(text).toBe(
    'Done.\n\nNot posted here: [\\[big\\].zip](https://x.example/files/4x7k2m9q-9) (1.2 MB). The link works for 7 days.',
  )
  expect(files[0]?.link).toBe('https://x.example/files/4x7k2m9q-4')
})

test('of very many only the first are named', () => {
  const outputs = Array.from({ length: 100 }, (_, i) => output(`${i}.md`))
  expect(result({ outputs }).text).toContain('7.md (2.1 kB) and 92 more. `errand files')
})

test('a long answer becomes a file and its beginning, within the limit', () => {
  const answer = 'A paragraph of some words.\n\n'.repeat(200).trim()
  const outputs = [output('a.md'), output('b.md'), output('c.md')]
  const { text, footer = '', files = [] } = result({ result: answer, outputs })
  expect(text.length + footer.length).toBeLessThan(LIMITS.messageChars)
  expect(text).toMatch(/words\.\n\n… the rest is in answer\.md\.\n\nNot posted here: c\.md .*$/)
  expect(files.map(file => file.name)).toEqual(['answer.md', 'a.md', 'b.md'])
  expect(files[0]).toMatchObject({ text: answer, bytes: answer.length })
})

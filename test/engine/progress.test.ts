import { expect, test } from 'vitest'
import { advance, NO_PROGRESS, pastProgressText, progressText, stepsDone } from '../../src/engine/progress.ts'
import type { EventBody } from '../../src/job.ts'

const after = (...events: EventBody[]) =>
  events.reduce(
    (progress, event, i) => advance(progress, { ...event, seq: i + 1, attempt: 1, at: '2026-11-21T10:00:00.000Z' }),
    NO_PROGRESS,
  )
const use = (text: string): EventBody => ({ kind: 'tool_use', text })
const checklist: EventBody = {
  kind: 'tool_use',
  text: 'planning the steps',
  steps: [
    { text: 'Read the notes', state: 'done' },
    { text: 'Write the\nbrief', state: 'doing' },
    { text: 'Check it', state: 'open' },
  ],
}

test('without a checklist the current step is all there is', () => {
  expect(progressText(after(use('reading notes.md'), use('writing brief.md')))).toBe('writing brief.md')
})

test('a checklist stands above the current step', () => {
  const progress = after(use('reading notes.md'), checklist)
  expect(progressText(progress)).toBe('☑ Read the notes\n▸ Write the brief\n☐ Check it\nreading notes.md')
  expect(stepsDone(progress)).toBe('1 of 3 steps done')
})

test('thinking, texts, results and noise are not shown', () => {
  const kinds = ['thinking', 'text', 'tool_result', 'stderr', 'result', 'error'] as const
  expect(after(...kinds.map(kind => ({ kind, text: 'secret thoughts' })))).toEqual(NO_PROGRESS)
  expect(progressText(NO_PROGRESS)).toBe('')
})

test('a retry and an interruption are said until the next step', () => {
  const retry: EventBody = { kind: 'retry', text: 'Claude did not answer; again in 4 s' }
  expect(progressText(after(use('reading'), retry))).toBe('Claude did not answer; again in 4 s')
  const queued: EventBody = { kind: 'status', status: 'queued', text: 'the server was stopped; it goes on by itself' }
  expect(progressText(after(use('reading'), queued))).toBe('the server was stopped; it goes on by itself')
  expect(progressText(after(queued, use('writing')))).toBe('writing')
})

test('a question stands until it is answered', () => {
  const question: EventBody = { kind: 'question', text: 'Which audience?' }
  expect(after(question).question).toEqual({ text: 'Which audience?', at: '2026-11-21T10:00:00.000Z' })
  expect(after(question, { kind: 'answer', id: 'q1', text: 'Buyers' }).question).toBeNull()
})

test('once it is over, nothing is going on any more', () => {
  expect(pastProgressText(after(use('reading'), use('writing')))).toBe('2 steps')
  expect(pastProgressText(after(checklist, use('writing')))).toBe('☑ Read the notes\n▸ Write the brief\n☐ Check it')
})

test('an attempt that took no step keeps why there was one', () => {
  const again: EventBody = { kind: 'status', status: 'queued', text: 'Ann asked for another try' }
  expect(pastProgressText(after(again))).toBe('Ann asked for another try')
})

test('a very long checklist is counted at its end', () => {
  const steps = Array.from({ length: 50 }, (_, i) => ({ text: `Step ${i + 1}`, state: 'open' as const }))
  const lines = progressText(after({ ...checklist, steps })).split('\n')
  expect(lines).toHaveLength(16)
  expect(lines.at(-1)).toBe('… and 35 more')
})

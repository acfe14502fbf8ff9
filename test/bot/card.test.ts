import { expect, test } from 'vitest'
import { cardMessage } from '../../src/bot/card.ts'
import { jobView } from '../fakes/engine.ts'

const NOW = new Date('2026-11-21T10:02:10.000Z')
const STARTED = { startedAt: '2026-11-21T10:00:00.000Z' }

test('a card keeps apart what is news and what only goes with time', () => {
  const view = jobView({ status: 'running', ...STARTED })
  expect(cardMessage(view, NOW)).toEqual({
    step: 'card',
    text: '`brief · Winter tyres` — running',
    detail: ' 2 m 10 s',
    footer: 'asked by ann · job 4x7k2m9q',
    actions: [
      { label: 'Cancel', command: 'cancel 4x7k2m9q', style: 'danger' },
      { label: 'Log', command: 'log 4x7k2m9q' },
    ],
  })
  const ended = cardMessage(jobView({ status: 'failed', message: 'No.' }), NOW)
  expect(ended.actions).toEqual([{ label: 'Log', command: 'log 4x7k2m9q' }])
})

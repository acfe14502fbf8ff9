import { expect, test } from 'vitest'
import { readSchedule } from '../../src/bot/schedule-command.ts'
import { INSTRUCTIONS } from './brief.ts'

const ANN = { actor: 'user:test:ann', roles: [], place: 'channel:test:one' }
const read = (text: string) => readSchedule(text, INSTRUCTIONS, ANN)
const draftOf = (text: string) => {
  const command = read(text)
  return typeof command === 'object' && 'draft' in command ? command.draft : command
}

test('a time, an instruction with its inputs, and a channel', () => {
  expect(read('add "0 9 * * 1-5" brief topic="Winter tyres" tone=plain in #news')).toEqual({
    ...{ kind: 'schedule', verb: 'add', channel: '#news', alertChannel: null },
    draft: { when: '0 9 * * 1-5', instruction: 'brief', inputs: { topic: 'Winter tyres', tone: 'plain' } },
    typed: { lead: '"0 9 * * 1-5"', body: 'brief topic="Winter tyres" tone=plain' },
  })
  expect(read('save @daily count number=3 in <#98>')).toMatchObject({ verb: 'save', channel: '<#98>' })
  expect(read('add @daily brief rubber in winter')).toMatchObject({
    ...{ channel: null, draft: { inputs: { topic: 'rubber in winter' } } },
  })
})

test.each([
  ['0 9 * * 1-5', '0 9 * * 1-5'],
  ['*/5 * * * *', '*/5 * * * *'],
  ['@daily', '@daily'],
  ['in 20m', 'in 20m'],
  ['in 2 hours', 'in 2 hours'],
  ['at 2026-12-01T09:00', 'at 2026-12-01T09:00'],
  ['at 2026-12-01 09:00', 'at 2026-12-01 09:00'],
  ['“in 20m”', 'in 20m'],
  ["'@weekly'", '@weekly'],
])('the time %s may stand as it is', (typed, when) => {
  expect(draftOf(`add ${typed} brief topic=Tyres`)).toEqual({ when, instruction: 'brief', inputs: { topic: 'Tyres' } })
})

test('what stands before the instruction says how it behaves', () => {
  const options =
    'tz=Europe/Berlin missed=all overlap=queue late=30 jitter=60 alert=3 alert-in=#ops until="2027-01-01 00:00"'
  expect(read(`add @daily ${options} brief Tyres`)).toMatchObject({
    alertChannel: '#ops',
    draft: {
      ...{ timezone: 'Europe/Berlin', missed: 'all', overlap: 'queue', maxLatenessMinutes: 30, jitterSeconds: 60 },
      ...{ alertAfter: 3, endAt: '2027-01-01 00:00', inputs: { topic: 'Tyres' } },
    },
    typed: { lead: `@daily ${options.replace('alert-in=#ops ', '')}` },
  })
})

test('commands about one schedule take its id', () => {
  for (const verb of ['remove', 'pause', 'resume', 'run'])
    expect(read(`${verb} K3X9M2P4`)).toEqual({ kind: 'schedule', verb, id: 'k3x9m2p4' })
  expect(read('')).toEqual({ kind: 'schedule', verb: 'list' })
})

test.each([
  ['add', 'needs a time and an instruction'],
  ['add brief topic=x', 'needs a time and an instruction'],
  ['add @daily', 'needs a time and an instruction'],
  ['add "@daily"', 'missing what is to run'],
  ['add @daily breif topic=x', 'There is no instruction `breif`: did you mean `brief`?'],
  ['add @daily zone=x brief topic=x', '`zone=x brief topic=x` is not understood'],
  ['add @daily brief topic=x topic=y', '`topic` is given twice'],
  ['pause', 'needs the id of a schedule'],
  ['stop k3x9m2p4', 'there are list, add, remove'],
])('%s is refused in one sentence', (text, words) => {
  expect(read(text)).toContain(words)
})

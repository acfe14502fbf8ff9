import { expect, test } from 'vitest'
import { serverFor } from './command-line.ts'

test('limits are read, and one is changed at once and taken away again', async () => {
  const { errand, world } = await serverFor({ slots: 3 })
  expect((await errand('limits')).out).toContain('all: 3 jobs at once — 0 used, 3 left')
  expect((await errand('limits', 'instruction:brief', 'costPerDay', '$2.50')).out).toMatch(
    /^`instruction:brief`: \$2\.50 a day — \$0\.00 used, \$2\.50 left, anew .*\d\d:\d\d \S+$/m,
  )
  expect(JSON.parse((await errand('limits', '--json')).out)).toContainEqual({
    ...{ scope: 'instruction:brief', name: 'costPerDay', value: 2.5, default: null, used: 0 },
    resetsAt: expect.any(String),
  })
  expect((await errand('limits', 'instruction:brief', 'costPerDay', 'none')).out).not.toContain('instruction:brief')
  expect(await world.engine.limits()).not.toContainEqual(expect.objectContaining({ scope: 'instruction:brief' }))
})

test('a change that does not fit ends with a sentence and status 2', async () => {
  const { errand } = await serverFor({})
  for (const [words, why] of [
    [['global'], 'A change needs a scope, a name and a number'],
    [['global', 'concurrent', ''], 'A change needs a scope, a name and a number'], // and is not 0
    [['global', 'concurrent', 'many'], 'I cannot read “many” as a number. Write it like 1,000 or 2.50.'],
    [['global', 'concurrent', '0x10'], 'I cannot read “0x10” as a number.'], // and is not 16
    [['global', 'concurrent', '1.5'], '`concurrent` must be a whole number from 0 to 1,000 (jobs); you gave 1.5.'],
    [['instruction:breif', 'perDay', '1'], 'There is no instruction `breif`: did you mean `brief`?'],
  ] as const)
    expect(await errand('limits', ...words)).toMatchObject({ status: 2, err: expect.stringContaining(why) })
})

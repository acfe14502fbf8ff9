import { expect, test } from 'vitest'
import type { AttemptInputs } from '../../src/engine/claim.ts'
import { promptOf, unheard } from '../../src/engine/go-on.ts'
import { instructionsOf } from '../support/world.ts'

const instruction = instructionsOf({ run: '---\ndescription: F\n---\nWrite about tyres' }).byName.get('run')

/** An attempt into whose job somebody has said something. */
const attempt = (job: Partial<AttemptInputs['job']>, nativeSession: string | null): AttemptInputs =>
  ({
    ...{ instruction, nativeSession, values: {}, files: [], questions: [], said: ['ann said: be brief'] },
    job: { reply: null, attempt: 2, ...job },
  }) as unknown as AttemptInputs

test('what people said into a turn is said again at the begin of a further attempt', () => {
  for (const cause of ['crash', 'answer', 'resume'] as const)
    for (const session of ['a-session', null])
      expect(promptOf(attempt({ cause }, session), '')).toContain('Meanwhile people said:\n- ann said: be brief')
  expect(promptOf(attempt({ cause: 'retry' }, null), '')).not.toContain('be brief') // it begins afresh
})

test('what a session has heard is not said again: as it was said, or quoted to it before', () => {
  const said = ['ann said: be brief', 'ben said: in blue\nand red', 'ann said: be']
  expect(unheard(said, ['Write about tyres'])).toEqual(said)
  expect(unheard(said, [' be brief', 'in blue\nand red'])).toEqual(['ann said: be'])
  expect(unheard(said, ['Meanwhile people said:\n- ann said: be brief\n\nGo on with the task.'])).toEqual(said.slice(1))
  expect(unheard(['ann said: yes', 'ann said: yes'], ['yes'])).toEqual(['ann said: yes'])
})

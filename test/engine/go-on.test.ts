import { expect, test } from 'vitest'
import type { AttemptInputs } from '../../src/engine/claim.ts'
import { promptOf } from '../../src/engine/go-on.ts'
import { instructionsOf } from '../support/world.ts'

const instruction = instructionsOf({ run: '---\ndescription: F\n---\nWrite about tyres' }).byName.get('run')

/** An attempt into whose job somebody has said something. */
const attempt = (job: Partial<AttemptInputs['job']>, nativeSession: string | null): AttemptInputs =>
  ({
    ...{ instruction, nativeSession, values: {}, files: [], questions: [], said: ['ann said: be brief'] },
    job: { reply: null, attempt: 2, ...job },
  }) as unknown as AttemptInputs

test('what people said into a turn is said again wherever its process may not have heard it', () => {
  for (const cause of ['crash', 'answer', 'resume'] as const)
    for (const session of ['a-session', null])
      expect(promptOf(attempt({ cause }, session), '')).toContain('Meanwhile people said:\n- ann said: be brief')
  expect(promptOf(attempt({ cause: 'retry' }, null), '')).not.toContain('be brief') // it begins afresh
})

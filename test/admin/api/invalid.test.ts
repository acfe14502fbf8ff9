import { expect, test } from 'vitest'
import { adminOf, asking, posting } from '../../support/admin.ts'
import { makeWorld } from '../../support/world.ts'

const instructions = { run: '---\ndescription: Run\n---\nGo' }
const job = (body: object) => ['/api/jobs', posting(body)] as const
const WRONG: [string, readonly [string, RequestInit?], string][] = [
  ['too much', job({ instruction: 'run', priority: 101 }), '`priority` must be at most 100.'],
  ['too little', ['/api/jobs?limit=0'], '`limit` must be at least 1.'],
  ['a word for a number', ['/api/jobs?limit=many'], '`limit` must be a number.'],
  ['none of the choices', ['/api/schedules?limit=1&cursor=x'], '`cursor` must be the nextCursor of the page before.'],
  ['no such format', ['/api/jobs/00000000/logs?follow=2'], '`follow` must be one of 0, 1.'],
  [
    'no time, once',
    job({ instruction: 'run', notBefore: 'soon' }),
    '`notBefore` must be a time such as 2026-12-01T09:00:00Z.',
  ],
  ['nothing', job({}), '`instruction` is required: add it.'],
  [
    'a number for a text',
    job({ instruction: 5 }),
    '`instruction` must be text (in quotes if it looks like something else).',
  ],
  ['a list for the whole', ['/api/jobs', posting([])], 'The request must be a map of keys.'],
  [
    'a key too many',
    job({ instruction: 'run', prio: 1 }),
    '`prio` is not a key that I know: remove it or correct its name.',
  ],
  ['an empty list', ['/api/limits', { ...posting([]), method: 'PUT' }], 'The request must not be empty.'],
  ['an item', ['/api/limits', { ...posting([5]), method: 'PUT' }], 'Item 1 must be a map of keys.'],
  [
    'neither of two',
    ['/api/jobs/00000000/answer', posting({})],
    'The request must have a `questionId`, and `answers` or a `decision`.',
  ],
]

test('what does not fit is said in one sentence that names it and what fits, whatever it is', async () => {
  await using world = await makeWorld({ instructions })
  const ask = asking(adminOf(world))
  for (const [what, [path, init], sentence] of WRONG) {
    const { detail, errors } = (await (await ask(path, init)).json()) as { detail: string; errors?: object[] }
    expect([what, detail, errors]).toMatchObject([what, sentence, [{ message: sentence }]])
  }
})

test('of several each has its own sentence', async () => {
  await using world = await makeWorld({ instructions })
  const answer = await asking(adminOf(world))(...job({ instruction: 5, prio: 1, priority: -101 }))
  expect(await answer.json()).toMatchObject({
    status: 422,
    errors: [{ field: 'instruction' }, { field: 'priority' }, { field: 'prio' }],
  })
})

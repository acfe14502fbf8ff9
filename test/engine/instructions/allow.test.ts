import { describe, expect, test } from 'vitest'
import { mayRun, refusal } from '../../../src/engine/instructions/allow.ts'

const ANN = { actor: 'user:slack:ann', roles: [], place: 'channel:slack:one' }
const BEN = { actor: 'user:discord:ben', roles: ['role:discord:77', 'role:discord:8'], place: 'channel:discord:two' }

describe('who may run it where', () => {
  test.each([
    ['nothing said: everyone, everywhere', [], true, true],
    ['her channel', ['channel:slack:one'], true, false],
    ['either channel', ['channel:slack:one', 'channel:discord:two'], true, true],
    ['her, in any channel', ['user:slack:ann'], true, false],
    ['a role of his', ['role:discord:77'], false, true],
    ['a role of nobody', ['role:discord:7'], false, false],
    ['a person or a role', ['user:slack:ann', 'role:discord:8'], true, true],
    ['her, in her channel', ['channel:slack:one', 'user:slack:ann'], true, false],
    ['her, in another channel', ['channel:discord:two', 'user:slack:ann'], false, false],
    ['his role, in his channel', ['role:discord:77', 'channel:discord:two'], false, true],
    ['his role, in another channel', ['channel:slack:one', 'role:discord:77'], false, false],
    ['his number on another platform', ['user:slack:ben', 'role:slack:77'], false, false],
  ])('%s', (_, allow, ann, ben) => {
    expect([mayRun({ allow }, ANN), mayRun({ allow }, BEN)]).toEqual([ann, ben])
  })
})

describe('a refusal', () => {
  const allow = ['channel:slack:one', 'channel:slack:two', 'user:slack:cleo', 'role:discord:77']

  test('tells a person who may not run it nothing of those who may, nor where', () => {
    expect(refusal({ name: 'pay', allow }, ANN)).toBe(
      'You may not run `pay`: the people who run this server decide who may.',
    )
  })

  test('tells a person who may run it elsewhere where that is', () => {
    expect(refusal({ name: 'pay', allow }, BEN)).toBe(
      '`pay` may not be run here. It may be in `channel:slack:one` or `channel:slack:two`: ask there.',
    )
  })
})

import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../src/bot/commands.ts'
import { whoAsks } from '../../src/bot/platform.ts'
import { helpText } from '../../src/bot/replies.ts'
import type { Who } from '../../src/engine/instructions/allow.ts'
import type { Instructions } from '../../src/engine/instructions/instruction.ts'
import { read } from './brief.ts'

const holding = (...instructions: ReturnType<typeof read>[]): Instructions => ({
  byName: new Map(instructions),
  mistakes: [],
  mcpServers: new Map(),
})

const INSTRUCTIONS = holding(
  read('brief', '---\ndescription: Everybody\n---\nGo'),
  read('payroll', '---\ndescription: Ann, or a role\nallow: [user:test:ann, role:test:pay]\n---\nGo'),
  read('report', '---\ndescription: One channel\nallow: [channel:test:one]\n---\nGo'),
)

const ANN: Who = { actor: 'user:test:ann', roles: [], place: 'channel:test:two' }
const BEN: Who = { actor: 'user:test:ben', roles: [], place: 'channel:test:one' }
const CLEO: Who = { actor: 'user:test:cleo', roles: ['role:test:pay'], place: 'channel:test:one' }

const names = (who: Who) => [...helpText(INSTRUCTIONS, who).matchAll(/^`(\w+)` —/gm)].map(([, name]) => name)
const parse = (text: string, who: Who) => parseCommand({ text }, INSTRUCTIONS, who)

describe('an instruction that not everyone may run', () => {
  test('stands in the help of those who may run it there', () => {
    expect([ANN, BEN, CLEO].map(names)).toEqual([
      ['brief', 'payroll'],
      ['brief', 'report'],
      ['brief', 'payroll', 'report'],
    ])
  })

  test('is suggested to nobody else', () => {
    expect(parse('payrol', CLEO)).toEqual({ kind: 'unknown', word: 'payrol', suggestion: 'payroll' })
    expect(parse('payrol', BEN)).toEqual({ kind: 'unknown', word: 'payrol' })
  })

  test('is refused before its inputs are read', () => {
    expect(parse('payroll x="', BEN)).toEqual({
      kind: 'problem',
      text: 'You may not run `payroll`: the people who run this server decide who may.',
    })
    expect(parse('report', ANN)).toEqual({
      kind: 'problem',
      text: '`report` may not be run here. It may be in `channel:test:one`: ask there.',
    })
    expect(parse('payroll', CLEO)).toMatchObject({ kind: 'run' })
  })
})

test('where nothing may be run the help says so', () => {
  const closed = holding(read('x', '---\ndescription: X\nallow: [user:test:dan]\n---\nGo'))
  expect(helpText(closed, ANN)).toMatch(/^There is nothing that you may run here\.\n/)
  expect(helpText(holding(), ANN)).toMatch(/^No instruction is loaded yet/)
})

test('who asks has no roles where the platform names none', () => {
  const request = { key: 'r', text: '', actor: ANN.actor, actorName: 'ann', place: ANN.place, thread: null, files: [] }
  expect(whoAsks(request)).toEqual(ANN)
  expect(whoAsks({ ...request, roles: ['role:test:pay'] })).toEqual({ ...ANN, roles: ['role:test:pay'] })
})

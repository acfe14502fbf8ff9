import { expect, test } from 'vitest'
import { type Asking, mayChange, mayRead, maySubmit, refusalToAnswer, roleOf } from '../../src/engine/access.ts'
import { ADMIN_ROLE, type QuestionKind, type Role } from '../../src/job.ts'

const PLACE = 'channel:test:one'
const job = { actor: 'user:test:ann', actorName: 'ann', place: PLACE }
const asking = (name: string, role: Role = 'user', more: Partial<Asking> = {}): Asking => ({
  ...{ actor: `user:test:${name}`, roles: [], place: PLACE, role },
  ...more,
})

const PEOPLE = {
  'who asked': asking('ann'),
  'who asked, now a viewer': asking('ann', 'viewer'),
  'who asked, an admin': asking('ann', 'admin'),
  'another user': asking('ben'),
  'another user elsewhere': asking('ben', 'user', { place: 'channel:test:two' }),
  'an approver': asking('cleo'),
  'an approver by role': asking('dan', 'user', { roles: ['role:test:boss'] }),
  'an operator': asking('eve', 'operator'),
  'an admin elsewhere': asking('fay', 'admin', { place: 'channel:test:two' }),
}
type Who = keyof typeof PEOPLE
const NAMED = ['user:test:cleo', 'role:test:boss']

/** Who may, in one line each: r read, c cancel, q answer, p decide a plan, d approve, n approve with approvers named, s submit. */
const TABLE: Record<Who, string> = {
  'who asked': 'r c q p d - s',
  'who asked, now a viewer': 'r - - - - - -',
  'who asked, an admin': 'r c q p d - s',
  'another user': 'r - - - - - s',
  'another user elsewhere': '- - - - - - s',
  'an approver': 'r - - - - n s',
  'an approver by role': 'r - - - - n s',
  'an operator': 'r c q p d - s',
  'an admin elsewhere': 'r c q p d n s',
}

test.for(Object.entries(TABLE) as [Who, string][])('%s may %s', ([who, expected]) => {
  const person = PEOPLE[who]
  const may = (kind: QuestionKind, approvers = ['requester']) => refusalToAnswer(job, kind, approvers, person) === null
  const held = [
    mayRead(job, person) && 'r',
    mayChange(job, person) && 'c',
    may('question') && 'q',
    may('plan') && 'p',
    may('approval') && 'd',
    may('approval', NAMED) && 'n',
    maySubmit(person) && 's',
  ]
  expect(held.map(mark => mark || '-').join(' ')).toBe(expected)
})

test('who asked approves where `requester` is named beside others', () => {
  expect(refusalToAnswer(job, 'approval', ['requester', ...NAMED], asking('ann'))).toBeNull()
  expect(refusalToAnswer(job, 'approval', ['requester', ...NAMED], asking('ben'))).toMatch(
    /^Only .* may approve this\.$/,
  )
})

test('a role comes from the token, from the configuration, from what was set, and else is that of everybody', () => {
  const ann = { actor: 'user:test:ann' }
  expect(roleOf({ ...ann, roles: [ADMIN_ROLE] }, [], 'viewer')).toBe('admin')
  expect(roleOf(ann, ['user:test:ann'], 'viewer')).toBe('admin')
  expect(roleOf(ann, ['user:test:ben'], 'viewer')).toBe('viewer')
  expect(roleOf(ann, [], null)).toBe('user')
})

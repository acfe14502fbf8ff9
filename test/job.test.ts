import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canMove, canReopen, isFinal, isJobId, JOB_STATUSES, type JobStatus, newJobId } from '../src/job.ts'

const status = fc.constantFrom(...JOB_STATUSES)

describe('the table of moves', () => {
  test('is this one', () => {
    const moves = JOB_STATUSES.map(from => [from, JOB_STATUSES.filter(to => canMove(from, to))])
    expect(Object.fromEntries(moves)).toEqual({
      queued: ['running', 'failed', 'cancelled'],
      running: ['queued', 'waiting', 'succeeded', 'failed', 'cancelled'],
      waiting: ['queued', 'running', 'failed', 'cancelled'],
      succeeded: [],
      failed: [],
      cancelled: [],
    })
  })

  test('lets no status move to itself, and no final one move at all', () => {
    fc.assert(
      fc.property(status, status, (from, to) => {
        if (from === to || isFinal(from)) expect(canMove(from, to)).toBe(false)
      }),
    )
  })

  test('lets every job end, whatever it went through', () => {
    const walk = fc.array(fc.nat(9), { maxLength: 20 })
    fc.assert(
      fc.property(walk, choices => {
        let at: JobStatus = 'queued'
        for (const choice of choices) {
          const next = JOB_STATUSES.filter(to => canMove(at, to))
          at = next[choice % next.length] ?? at
        }
        expect(isFinal(at) || canMove(at, 'cancelled')).toBe(true)
        expect(isFinal(at) || canMove(at, 'failed')).toBe(true)
      }),
    )
  })

  test('lets a job succeed only from running', () => {
    expect(JOB_STATUSES.filter(from => canMove(from, 'succeeded'))).toEqual(['running'])
  })
})

test('the final statuses are three, and two of them a person may reopen', () => {
  expect(JOB_STATUSES.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled'])
  expect(JOB_STATUSES.filter(canReopen)).toEqual(['failed', 'cancelled'])
})

describe('a job id', () => {
  test('is 8 characters that cannot be confused, and no two are the same', () => {
    const ids = Array.from({ length: 2000 }, newJobId)
    for (const id of ids) {
      expect(id).toMatch(/^[0123456789abcdefghjkmnpqrstvwxyz]{8}$/)
      expect(isJobId(id)).toBe(true)
    }
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(ids.join('')).size).toBe(32)
  })

  test('is nothing else', () => {
    for (const text of [
      '',
      'abcdefg',
      'abcdefghj',
      'ABCDEFGH',
      'abcdefgi',
      'abcdefgl',
      'abcdefgo',
      'abcdefgu',
      'abcdefgh\n',
      ' bcdefgh',
      'äbcdefgh',
    ])
      expect([text, isJobId(text)]).toEqual([text, false])
  })

  test('is told by its alphabet alone', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 8 }), text => {
        expect(isJobId(text)).toBe([...text].every(letter => '0123456789abcdefghjkmnpqrstvwxyz'.includes(letter)))
      }),
    )
  })
})

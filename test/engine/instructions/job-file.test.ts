import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJobFile, parseJobFile } from '../../../src/engine/instructions/job-file.ts'
import { newJobId } from '../../../src/job.ts'

test.each([
  ['job:4x7k2m9q/brief.md', { job: '4x7k2m9q', path: 'brief.md' }],
  [' job:4X7K2M9Q/a b/ü.md ', { job: '4x7k2m9q', path: 'a b/ü.md' }],
  ['job:4x7k2m9q//x', { job: '4x7k2m9q', path: '/x' }],
])('%j is an output of a job', (value, named) => {
  expect(parseJobFile(value)).toEqual(named)
})

test.each(['job:4x7k2m9q', 'job:4x7k2m9q/', 'job:4x7k/brief.md', 'job:', 'job: 4x7k2m9q/a', 'job:iiiiiiii/a'])(
  '%j was meant as one and is none',
  value => {
    expect([isJobFile(value), parseJobFile(value)]).toEqual([true, null])
  },
)

test.each(['brief.md', 'jobs/brief.md', '', './job:4x7k2m9q/a'])('%j is the name of another file', value => {
  expect([isJobFile(value), parseJobFile(value)]).toEqual([false, null])
})

test('every path of every job is read back as it was', () => {
  const unit = fc.constantFrom(...'/.: aäx"\n\u{1f600}')
  const path = fc.string({ unit, minLength: 1 }).filter(path => path === path.trimEnd())
  fc.assert(
    fc.property(path, path => {
      const job = newJobId()
      expect(parseJobFile(`job:${job}/${path}`)).toEqual({ job, path })
    }),
  )
})

import { expect, test } from 'vitest'
import { createStarts } from '../../src/engine/starts.ts'

const GB = 1024 ** 3

test('one agent a core is on its way to its first line', () => {
  const starts = createStarts({ cores: 2, memory: () => 100 * GB })
  expect(starts.room(0)).toBe(2)
  starts.began('a/1')
  starts.began('b/1')
  expect(starts.room(2)).toBe(0)
  expect(starts.lacksMemory()).toBe(false)
  starts.heard('a/1')
  expect(starts.room(2)).toBe(1)
})

test('an agent on its way to its first line counts with the memory that it has not taken yet', () => {
  const starts = createStarts({ cores: 8, memory: () => 2.5 * GB })
  expect(starts.room(1)).toBe(2)
  starts.began('a/1')
  starts.began('b/1')
  expect([starts.room(3), starts.lacksMemory()]).toEqual([0, true])
  starts.heard('a/1')
  expect([starts.room(3), starts.lacksMemory()]).toEqual([1, false])
})

test('a start waits for the memory that a job needs, but the only job for nothing', () => {
  let free = 3 * GB
  const starts = createStarts({ cores: 8, memory: () => free })
  expect(starts.room(1)).toBe(2)
  free = GB
  expect([starts.room(1), starts.lacksMemory()]).toEqual([0, true])
  expect([starts.room(0), starts.lacksMemory()]).toEqual([1, false])
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freeMemory } from '../../src/engine/memory.ts'
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

test('a start waits for the memory that a job needs, but the only job for nothing', () => {
  let free = 3 * GB
  const starts = createStarts({ cores: 8, memory: () => free })
  expect(starts.room(1)).toBe(2)
  free = GB
  expect([starts.room(1), starts.lacksMemory()]).toEqual([0, true])
  expect([starts.room(0), starts.lacksMemory()]).toEqual([1, false])
})

test("a container's own limit counts, without the files that it keeps in memory", async () => {
  const group = await mkdtemp(join(tmpdir(), 'errand-cgroup-'))
  onTestFinished(() => rm(group, { recursive: true }))
  const write = (name: string, text: string) => writeFile(join(group, name), text)
  await write('memory.max', '1000000\n')
  await write('memory.current', '900000\n')
  await write('memory.stat', 'anon 500000\ninactive_file 300000\nactive_file 1\n')
  expect(freeMemory(group)).toBe(400_000)
  await write('memory.max', 'max\n')
  expect(freeMemory(group)).toBeGreaterThan(1_000_000)
  expect(freeMemory('/nowhere')).toBeGreaterThan(1_000_000)
})

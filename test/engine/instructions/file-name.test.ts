import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileName } from '../../../src/engine/instructions/file-name.ts'

const named = (given: string, ...taken: string[]) => fileName(given, new Set(taken))

test.each([
  ['notes.md', 'notes.md'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ann\\plan.docx', 'plan.docx'],
  ['.env', 'env'],
  ['. ..', 'file'],
  ['folder/', 'file'],
  ['', 'file'],
  ['a\nb\u0000.md', 'a b.md'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['  spaced  out .md ', 'spaced out .md'],
  ['archive.tar.gz', 'archive.tar.gz'],
])('%j is kept as %j', (given, name) => {
  expect(named(given)).toBe(name)
})

test('a long name loses the end of its stem, not its extension', () => {
  const name = named(`${'ä'.repeat(300)}.md`)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
  expect(name).toMatch(/ä\.md$/)
})

test('a taken name is counted on, whatever its case', () => {
  expect(named('Notes.md', 'notes.md', 'notes-2.md')).toBe('Notes-3.md')
})

test('whatever names are given, those that are kept are safe and unique', () => {
  const wild = fc.string({
    unit: fc.oneof(fc.constantFrom('.', '/', '\\', 'a', 'A', '\n'), fc.string({ unit: 'binary', maxLength: 1 })),
    maxLength: 400,
  })
  fc.assert(
    fc.property(fc.array(wild, { maxLength: 8 }), given => {
      const taken = new Set<string>()
      const names = given.map(name => fileName(name, taken))
      expect(new Set(names.map(name => name.toLowerCase())).size).toBe(given.length)
      for (const name of names) {
        expect(name).toMatch(/^[^./\\\p{Cc}\s][^/\\\p{Cc}]*$/u)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      }
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstPart } from '../../src/bot/split.ts'

const NOTE = '\n\n… the rest is in answer.md.'

test('the first part ends after a paragraph, else a line, else a word', () => {
  const room = 40 + NOTE.length + '\n```'.length
  expect(firstPart(`${'word '.repeat(6)}\n\n${'next '.repeat(20)}`, room)).toBe(`${'word '.repeat(6).trim()}${NOTE}`)
  expect(firstPart(`${'word '.repeat(6)}\n${'next '.repeat(20)}`, room)).toBe(`${'word '.repeat(6).trim()}${NOTE}`)
  expect(firstPart('12345678 '.repeat(20), room)).toBe(`12345678 12345678 12345678 12345678${NOTE}`)
})

test('a code block that is cut is closed', () => {
  expect(firstPart(`Look:\n\`\`\`js\n${'line\n'.repeat(50)}\`\`\``, 100)).toMatch(/line\n```\n\n…/)
})

test('whatever the text, the part fits its room', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 100 }), fc.integer({ min: 60, max: 100 }), (text, room) => {
      expect(firstPart(text, room).length).toBeLessThanOrEqual(room)
    }),
  )
})

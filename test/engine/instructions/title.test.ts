import { expect, test } from 'vitest'
import { titleOf } from '../../../src/engine/instructions/title.ts'
import { parsed, written } from './written.ts'

const instruction = parsed(
  written(['words: { type: integer }', 'constructor: { type: text, multiline: true }', 'notes: { type: text }']),
)

test('a title is the first text input on one line', () => {
  expect(titleOf(instruction, { words: 800, constructor: 'Winter\ntyres', notes: 'x' })).toBe('Winter tyres')
})

test('a long title ends at a word, with an ellipsis', () => {
  const title = titleOf(instruction, { constructor: 'word '.repeat(40) })
  expect(title).toMatch(/word…$/)
  expect(title.length).toBeLessThanOrEqual(60)
})

test('without a first text the instruction gives its name', () => {
  expect(titleOf(instruction, { notes: 'x' })).toBe('test')
  expect(titleOf(parsed(written(['words: { type: integer }'])), { words: 800 })).toBe('test')
})

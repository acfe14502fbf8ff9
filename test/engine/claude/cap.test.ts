import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capEvent, capText, MAX_TEXT_BYTES } from '../../../src/engine/claude/cap.ts'

test('a text within the cap is as it was', () => {
  expect(capText('abc')).toBe('abc')
  expect(capText('ü'.repeat(5), 10)).toBe('ü'.repeat(5))
})

test('a text over the cap is cut there and says how much is missing', () => {
  expect(capText('a'.repeat(MAX_TEXT_BYTES + 2_500_000))).toBe(`${'a'.repeat(MAX_TEXT_BYTES)}\n[cut here: 2.5 MB more]`)
})

test('a cut is never in the middle of a character', () => {
  expect(capText('aü😀', 6)).toBe('aü\n[cut here: 4 B more]')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 40 }), (text, cap) => {
      const [kept = ''] = capText(text, cap).split('\n[cut here: ')
      expect(text.startsWith(kept)).toBe(true)
      expect(kept.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(cap)
      if (kept !== text) expect(Buffer.byteLength(kept)).toBeGreaterThan(cap - 4)
    }),
  )
})

test('every text of a log line is capped, and what is no text stays', () => {
  const long = 'x'.repeat(20)
  const cut = `${'x'.repeat(10)}\n[cut here: 10 B more]`
  const input = { file_path: 'a.md', content: long, edits: [{ new_string: long, line: 3, all: true, none: null }] }
  const event = { kind: 'tool_use' as const, text: long, id: 't1', tool: 'Write', input }
  const steps = [{ text: long, state: 'open' as const }]
  expect(capEvent({ ...event, steps }, 10)).toEqual({
    ...{ ...event, text: cut, steps: [{ text: cut, state: 'open' }] },
    input: { file_path: 'a.md', content: cut, edits: [{ new_string: cut, line: 3, all: true, none: null }] },
  })
})

test('a log line without input and steps gets none', () => {
  expect(capEvent({ kind: 'text', text: 'a' })).toStrictEqual({ kind: 'text', text: 'a' })
})

test('an input that is nested too deep to be stored can be stored', () => {
  const input: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  const event = { kind: 'tool_use' as const, text: 'a', input }
  expect(() => JSON.stringify(event)).toThrow(RangeError)
  expect(JSON.stringify(capEvent(event))).toContain(`${'['.repeat(100)}"[nested too deep]"`)
})

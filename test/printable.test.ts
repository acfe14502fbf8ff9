import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable } from '../src/printable.ts'

test('escape sequences are gone as a whole', () => {
  expect(printable('\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[2J\u009b1mbold')).toBe('red  bold')
})

test('a text cannot be made to read backwards', () => {
  expect(printable('invoice\u202Efdp.exe \u2066a\u2069')).toBe('invoicefdp.exe a')
})

test('lines, tabs, accents and emoji stay', () => {
  expect(printable('a\r\nb\tc é 😀 ☑')).toBe('a\nb\tc é 😀 ☑')
})

test('whatever comes in, no control character comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(printable(text)).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

test.each(['\u001b]', '\u001b[', '\u009d', '\u001b[1;', '\u001b ', '\u001b]a'])(
  'a long text of %j takes no time',
  torn => {
    printable(torn.repeat(100_000)) // minutes where it is read again from each of them
  },
)

test('an escape sequence that is torn takes no text with it', () => {
  expect(printable('\u001b]0;title\nsecond line')).toContain('second line')
  expect(printable('a\u001b')).toBe('a')
})

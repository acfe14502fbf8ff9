import { expect, test } from 'vitest'
import { cutTo, linesOf, paint, widthOf } from '../../../src/bot/terminal/line.ts'

const plain = (text: string) => ({ text, tone: 'plain' as const })

test('wide characters take two columns, combining ones none', () => {
  expect(['abc', '☑ é', 'e\u0301', '漢字', '😀'].map(widthOf)).toEqual([3, 3, 1, 4, 2])
})

test('a line is cut to its columns', () => {
  expect(cutTo(plain('abcdef'), 6).text).toBe('abcdef')
  expect(cutTo(plain('abcdefg'), 6).text).toBe('abcde…')
  expect(cutTo(plain('漢字漢字'), 6).text).toBe('漢字…')
})

test('code spans lose their backticks in a toned line, fences and plain lines keep them', () => {
  expect(linesOf('see `a.md`', 'quiet')).toEqual([{ text: 'see a.md', tone: 'quiet' }])
  expect(linesOf('see `a.md`\n```js\nx\n```', 'plain').map(line => line.text)).toEqual([
    'see `a.md`',
    '```js',
    'x',
    '```',
  ])
})

test('a tone is a code around the line, and a code span in a plain one is bold', () => {
  expect(paint({ text: 'x', tone: 'strong' }, true)).toBe('\x1b[1mx\x1b[22m')
  expect(paint({ text: 'x', tone: 'quiet' }, true)).toBe('\x1b[2mx\x1b[22m')
  expect(paint(plain('see `a.md`'), true)).toBe('see \x1b[1ma.md\x1b[22m')
  expect(paint({ text: 'see `a.md`', tone: 'plain' }, false)).toBe('see `a.md`')
})

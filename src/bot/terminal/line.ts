import { styleText } from 'node:util'
import { printable } from '../../printable.ts'

/** One printed line. The tone is for the eye alone: nothing is said by it. */
export type Line = { text: string; tone: 'plain' | 'strong' | 'quiet' }

/**
 * A text of several lines, safe to print. Markdown stays as it is, except that a line with a tone of its own loses the
 * backticks of its code spans.
 */
export function linesOf(text: string, tone: Line['tone'], indent = ''): Line[] {
  const safe = printable(text).replaceAll('\t', '  ')
  const words = tone === 'plain' ? safe : safe.replaceAll(CODE_SPAN, '$1')
  return words.split('\n').map(line => ({ text: line === '' ? '' : `${indent}${line}`, tone }))
}

/** The line with the terminal's codes for its tone and its code spans, where colour is wanted. */
export function paint({ text, tone }: Line, color: boolean): string {
  if (!color || text === '') return text
  if (tone === 'plain') return text.replaceAll(CODE_SPAN, (_, code: string) => style('bold', code))
  return style(tone === 'strong' ? 'bold' : 'dim', text)
}

const style = (format: 'bold' | 'dim', text: string) => styleText(format, text, { validateStream: false })

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += columnsOf(char)
  return width
}

/** The line, cut so that it takes at most `columns`. */
export function cutTo(line: Line, columns: number): Line {
  if (widthOf(line.text) <= columns) return line
  let text = ''
  let room = columns - 1
  for (const char of line.text) {
    room -= columnsOf(char)
    if (room < 0) break
    text += char
  }
  return { ...line, text: `${text}…` }
}

// A pair of single backticks on one line; a fence of three stays.
const CODE_SPAN = /(?<!`)`([^`\n]+)`(?!`)/g
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
const COMBINING = /[\p{M}\u200b-\u200d]/u

const columnsOf = (char: string): number => (COMBINING.test(char) ? 0 : WIDE.test(char) ? 2 : 1)

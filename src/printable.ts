import { stripVTControlCharacters } from 'node:util'

// Bidirectional controls make a line read other than it is; the rest are invisible and have no use in a post.
const BIDI = '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069'
const INVISIBLE = '\u2028\u2029\ufeff\ufff9-\ufffb'
const CONTROLS = '\u0000-\u0008\u000b-\u001f\u007f-\u009f'
const UNPRINTABLE = new RegExp(`[${CONTROLS}${BIDI}${INVISIBLE}]`, 'gu')

/**
 * A text that cannot drive a terminal: without escape sequences, control and bidirectional characters. Line feeds
 * and tabs stay. Whatever a model or a file wrote goes through here before it is printed.
 */
export const printable = (text: string): string =>
  stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(UNPRINTABLE, '')

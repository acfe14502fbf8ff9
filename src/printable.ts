// Bidirectional controls make a line read other than it is; the rest are invisible and have no use in a post.
const BIDI = '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069'
const INVISIBLE = '\u2028\u2029\ufeff\ufff9-\ufffb'
const CONTROLS = '\u0000-\u0008\u000b-\u001f\u007f-\u009f'
// Not by Node's stripVTControlCharacters, whose time grows with the square of the length: 100 kB of "ESC ]" took 7 s.
// Here nothing reads beyond the next escape.
const STRING =
  '(?:\u001b[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f\n]*(?:\u0007|\u001b\\\\|\u009c)'
const SEQUENCE = '(?:\u001b\\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]'
const ESCAPES = new RegExp(`${STRING}|${SEQUENCE}`, 'g')
const UNPRINTABLE = new RegExp(`[${CONTROLS}${BIDI}${INVISIBLE}]`, 'gu')

/**
 * A text that cannot drive a terminal: without escape sequences, control and bidirectional characters. Line feeds
 * and tabs stay. Whatever a model or a file wrote goes through here before it is printed.
 */
export const printable = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(ESCAPES, '').replaceAll(UNPRINTABLE, '')

const UNSEEN = new RegExp(
  `(?:\u001b\\[|\u009b)[\\d;]*[A-Za-z]|[${CONTROLS}${BIDI}${INVISIBLE}\u200b-\u200d\u2060]`,
  'gu',
)

/**
 * A text as it reads once colours and what nobody sees are gone, be it by us or by a chat. No quote and no backslash
 * goes, so that JSON stays JSON.
 */
export const asSeen = (text: string): string => text.replaceAll(UNSEEN, '')

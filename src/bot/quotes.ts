// Keyboards of phones and Macs turn straight quotes into these by themselves.
const DOUBLE = '"“”„‟'
const SINGLE = "'‘’‚‛"
const BARE = new RegExp(`^[^\\s\\\\${DOUBLE}${SINGLE}]+$`, 'u')
const APOSTROPHE = /^\p{L}[’‘]\p{L}$/u

/** A value as it stands in a command: bare where that is clear, else in double quotes. `readValue` reads it back. */
export const quoteValue = (value: string): string =>
  BARE.test(value) ? value : `"${value.replaceAll(/[\\"]/g, '\\$&')}"`

/** What was read from a place in a text: the value, where it ended, and whether it stood in quotes. */
export type Read = { value: string; end: number; quoted: boolean }

/** Reads a quoted value, or else everything up to a space; null when a quote is opened and never closed. */
export function readValue(text: string, at: number): Read | null {
  if (closersOf(text.charAt(at))) return readQuoted(text, at)
  const end = wordEnd(text, at)
  return { value: text.slice(at, end), end, quoted: false }
}

/** Reads a quoted value; null when there is no quote at this place, or none that closes it. */
export function readQuoted(text: string, at: number): Read | null {
  const closers = closersOf(text.charAt(at))
  if (!closers) return null
  let value = ''
  for (let i = at + 1; i < text.length; i += 1) {
    const next = text.charAt(i + 1)
    if (text.charAt(i) === '\\' && isEscapable(next)) {
      value += next
      i += 1
    } else if (closers.includes(text.charAt(i)) && !APOSTROPHE.test(text.slice(i - 1, i + 2))) {
      return { value, end: i + 1, quoted: true }
    } else value += text.charAt(i)
  }
  return null
}

/** The inside of a text that is one quoted value; any other text as it stands. */
export function unquoted(text: string): string {
  const read = readQuoted(text, 0)
  return read?.end === text.length ? read.value : text
}

/** The values of a text one by one, quoted or bare; null when a quote is not closed. */
export function readValues(text: string): string[] | null {
  const values: string[] = []
  for (let rest = text.trim(); rest !== ''; ) {
    const read = readValue(rest, 0)
    if (!read) return null
    values.push(read.value)
    rest = rest.slice(read.end).trimStart()
  }
  return values
}

/** Where the word that covers this place ends. */
export function wordEnd(text: string, at: number): number {
  const space = text.slice(at).search(/\s/)
  return space < 0 ? text.length : at + space
}

// Any other backslash is itself: a Windows path needs no care.
const isEscapable = (char: string) => char !== '' && `\\${DOUBLE}${SINGLE}`.includes(char)

/** What closes a quote: a straight one only itself, a smart one any smart one of its kind. */
function closersOf(open: string): string | null {
  if (open === '') return null
  if (open === '"' || open === "'") return open
  return [DOUBLE, SINGLE].find(kind => kind.includes(open))?.slice(1) ?? null
}

import { printable } from '../../printable.ts'

const MAX_BYTES = 255 // of one name on the usual file systems
const EXTENSION = /\.[^.]{1,20}$/

/**
 * The name under which an uploaded file is kept: without directories, control characters and leading dots, at most
 * 255 bytes long, and free among `taken`, to which it is added. Upper and lower case count as the same name, because
 * on some file systems they are.
 */
export function fileName(given: string, taken: Set<string>): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const clean = printable(last)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^[.\s]+/, '')
  const extension = EXTENSION.exec(clean)?.[0] ?? ''
  const stem = clean.slice(0, clean.length - extension.length) || 'file'
  for (let n = 1; ; n++) {
    const name = fitted(stem, n === 1 ? extension : `-${n}${extension}`)
    const key = name.normalize('NFC').toLowerCase()
    if (taken.has(key)) continue
    taken.add(key)
    return name
  }
}

/** Shortens the stem, never the end: the extension says what the file is. */
function fitted(stem: string, end: string): string {
  const characters = [...stem].slice(0, MAX_BYTES)
  while (Buffer.byteLength(characters.join('') + end) > MAX_BYTES) characters.pop()
  return characters.join('') + end
}

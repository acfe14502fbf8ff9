import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { mediaType } from '../../../src/engine/outputs/media-type.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const typeOf = (path: string, content: Buffer | string) => mediaType(path, Buffer.from(content), true)

const PNG = bytes([0x89], 'PNG\r\n', [0x1a, 0x0a, 0, 0, 0, 0x0d], 'IHDR', [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0])
const JPEG = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0x10], 'JFIF', [0, 1, 1])
const GIF = bytes('GIF89a', [1, 0, 1, 0, 0x80, 0, 0])
const WEBP = bytes('RIFF', [0x1a, 0, 0, 0], 'WEBPVP8L', [0x0d, 0, 0, 0])
const PDF = bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf, 0xd3], '\n')
const HTML = '<!DOCTYPE html>\n<title>x</title><script>alert(1)</script>'
const SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

/** The first entry of a zip file. */
function zipOf(name: string, content: string): Buffer {
  const packed = deflateRawSync(content)
  const header = Buffer.alloc(30)
  header.write('PK\x03\x04', 'latin1')
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(packed.length, 18)
  header.writeUInt32LE(content.length, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, Buffer.from(name), packed])
}

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const docx = zipOf('[Content_Types].xml', `<Types><Override ContentType="${WORD}.main+xml"/></Types>`)

test.each([
  ['chart.png', PNG, 'image/png'],
  ['photo.JPG', JPEG, 'image/jpeg'],
  ['a.gif', GIF, 'image/gif'],
  ['a.webp', WEBP, 'image/webp'],
  ['report.pdf', PDF, 'application/pdf'],
  ['letter.rtf', '{\\rtf1 Hello}', 'application/rtf'],
  ['letter.docx', docx, WORD],
  ['all.zip', zipOf('a.md', 'x'), 'application/zip'],
])('%s is known by its magic number', async (path, content, type) => {
  expect(await typeOf(path, content)).toBe(type)
})

test.each([
  ['chart.md', PNG, 'image/png'],
  ['page.html', PDF, 'application/pdf'],
  ['plain', '%PDF-1.4\nwritten by hand', 'application/pdf'],
  ['chart.png', HTML, 'text/html'],
  ['chart.png', SVG, 'application/xml'],
  ['chart.png', 'just words', 'text/plain'],
  ['photo.jpg', bytes([0, 1, 2, 3]), 'application/octet-stream'],
  ['notes.md', bytes('# Notes\n', [0], 'and bytes'), 'application/octet-stream'],
  ['notes.md', bytes('caf', [0xe9], ' in latin1'), 'application/octet-stream'],
])('the name %s does not make it so', async (path, content, type) => {
  expect(await typeOf(path, content)).toBe(type)
})

test.each([
  ['brief.md', '# Brief', 'text/markdown'],
  ['BRIEF.MD', '# Brief', 'text/markdown'],
  ['rows.csv', 'a;b\n1;2', 'text/csv'],
  ['data.json', '{}', 'application/json'],
  ['page.html', HTML, 'text/html'],
  ['page.html', `<?xml version="1.0"?>${HTML}`, 'text/html'],
  ['logo.svg', SVG, 'image/svg+xml'],
  ['feed.xml', SVG, 'application/xml'],
  ['main.ts', 'export const a = 1', 'text/plain'],
  ['README', 'Read me', 'text/plain'],
  ['page', ' \n<html lang="en">', 'text/html'],
  ['empty.md', '', 'text/markdown'],
  ['empty', '', 'text/plain'],
])('of a text, the name %s says of which kind it is', async (path, content, type) => {
  expect(await typeOf(path, content)).toBe(type)
})

test.each(['BMW sells cars', 'ID3 is a tag', 'MZ begins a program', 'GIF89a=1;/**/', 'PK is short for Phil Katz'])(
  'a text that begins like something else is a text: %s',
  async text => {
    expect(await typeOf('notes.md', text)).toBe('text/markdown')
    expect(await typeOf('picture.gif', text)).toBe('text/plain')
  },
)

test('a character that the end of the sample cuts in two is no fault, and one that the file cuts is', async () => {
  const cut = Buffer.from('Müller ü').subarray(0, -1)
  expect(await mediaType('a.md', cut, false)).toBe('text/markdown')
  expect(await mediaType('a.md', cut, true)).toBe('application/octet-stream')
})

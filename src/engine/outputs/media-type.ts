import { extname } from 'node:path'
import { fileTypeFromBuffer } from 'file-type'

/** How much of a file's beginning `mediaType` looks at. */
export const SAMPLE_BYTES = 64 * 1024

const BYTES = 'application/octet-stream'

/** Which texts there are, by the endings of their names: their content does not tell them apart. */
const TEXT_TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ics': 'text/calendar',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl',
  '.md': 'text/markdown',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.toml': 'application/toml',
  '.tsv': 'text/tab-separated-values',
  '.vtt': 'text/vtt',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
}

/** Formats that may be written in plain characters and are no texts all the same. */
const WRITTEN_AS_TEXT = ['application/pdf', 'application/rtf']

/**
 * The media type of a file by its beginning; `whole` when that is all of it. Content decides: bytes by their magic
 * numbers, whatever the name says, and a name only which kind of text it is. A text is looked at for what it is first:
 * one that begins with "BMW" has the magic number of a bitmap.
 */
export async function mediaType(path: string, sample: Uint8Array, whole: boolean): Promise<string> {
  const magic = (await fileTypeFromBuffer(sample))?.mime ?? BYTES
  if (!isText(sample, whole) || WRITTEN_AS_TEXT.includes(magic)) return magic
  return TEXT_TYPES[extname(path).toLowerCase()] ?? textType(sample)
}

/** The kind of a text whose name does not say it. */
function textType(sample: Uint8Array): string {
  const start = Buffer.from(sample.subarray(0, 200)).toString().trimStart().toLowerCase()
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'text/html'
  if (start.startsWith('<?xml')) return 'application/xml'
  return 'text/plain'
}

/** UTF-8 without a NUL; where it goes on, a character that the sample cuts in two is no fault. */
function isText(sample: Uint8Array, whole: boolean): boolean {
  if (sample.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: !whole })
    return true
  } catch {
    return false
  }
}

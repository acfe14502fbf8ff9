import { extname } from 'node:path'

const TYPES: Record<string, string> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
}

/** The media type that a file's name promises; what is not known is plain bytes. */
export const mediaType = (path: string): string => TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream'

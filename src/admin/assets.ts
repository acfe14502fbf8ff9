import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Hono } from 'hono'

// Beside what is built too: build.ts copies it.
const FOLDER = new URL('./assets/', import.meta.url)
const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

let read: ReturnType<typeof readAssets> | undefined
const assets = () => {
  read ??= readAssets()
  return read
}

/**
 * The address of a stylesheet, script or icon, below the prefix under which the server is reached. It holds a hash of
 * them all, so that a browser may keep them for good, and a new version is another address.
 */
export const assetUrl = (base: string, name: string): string => `${base}/assets/${assets().hash}/${name}`

/** Serves the assets; they are the same for everybody and need no login. */
export function assetRoutes(): Hono {
  const app = new Hono()
  app.get('/assets/:hash/:name', c => {
    const asset = assets().files.get(c.req.param('name'))
    if (!asset) return c.notFound()
    const taken = c.req.header('accept-encoding') ?? ''
    const encoding = ENCODINGS.find(name => new RegExp(`\\b${name}\\b`).test(taken))
    return c.body(encoding ? asset[encoding] : asset.plain, 200, {
      'content-type': asset.type,
      // An old page may ask by an old hash: it gets what there is, and keeps it for this once.
      'cache-control': c.req.param('hash') === assets().hash ? 'public, max-age=31536000, immutable' : 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      ...(encoding && { 'content-encoding': encoding }),
    })
  })
  return app
}

const ENCODINGS = ['br', 'gzip'] as const
type Bytes = Uint8Array<ArrayBuffer>
type Asset = { type: string; plain: Bytes } & Record<(typeof ENCODINGS)[number], Bytes>

function readAssets() {
  const hash = createHash('sha256')
  const files = new Map<string, Asset>()
  for (const name of readdirSync(FOLDER).sort()) {
    const plain = new Uint8Array(readFileSync(new URL(name, FOLDER)))
    hash.update(name).update(plain)
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    const packed = { br: new Uint8Array(brotliCompressSync(plain)), gzip: new Uint8Array(gzipSync(plain)) }
    files.set(name, { type, plain, ...packed })
  }
  return { hash: hash.digest('hex').slice(0, 12), files }
}

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { Hono } from 'hono'

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
    // An old page may ask by an old hash: it gets what there is, and keeps it for this once.
    const cache = c.req.param('hash') === assets().hash ? 'public, max-age=31536000, immutable' : 'no-store'
    const packed = /\bbr\b/.test(c.req.header('accept-encoding') ?? '')
    return c.body(packed ? asset.packed : asset.plain, 200, {
      'content-type': asset.type,
      'cache-control': cache,
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      ...(packed ? { 'content-encoding': 'br' } : {}),
    })
  })
  return app
}

function readAssets() {
  const hash = createHash('sha256')
  const files = new Map<string, { type: string; plain: Uint8Array<ArrayBuffer>; packed: Uint8Array<ArrayBuffer> }>()
  for (const name of readdirSync(FOLDER).sort()) {
    const plain = new Uint8Array(readFileSync(new URL(name, FOLDER)))
    hash.update(name).update(plain)
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    files.set(name, { type, plain, packed: new Uint8Array(brotliCompressSync(plain)) })
  }
  return { hash: hash.digest('hex').slice(0, 12), files }
}

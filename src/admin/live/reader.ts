import type { ServerResponse } from 'node:http'
import type { Listener } from './channel.ts'
import type { Writer } from './format.ts'

/** A reader that has this much waiting for it is dropped: it comes back with the number of its last line. */
const MAX_BEHIND_BYTES = 1024 * 1024
/** How long a reader may take for what it asked of the past before it is dropped. */
const STUCK_MS = 30_000
/** A comment this often keeps proxies from taking a quiet stream for a dead one. */
const PING_MS = 15_000

/** Somebody's response that a log is written into. */
export type Reader = Listener & {
  /** Resolves when the response has room; rejects when it takes too long or is gone. */
  room(): Promise<void>
  gone: Promise<void>
}

/** Begins the response and keeps it alive. */
export function openReader(response: ServerResponse, writer: Writer): Reader {
  const gone = new Promise<void>(resolve => response.once('close', resolve))
  response.writeHead(200, {
    'content-type': writer.contentType,
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no', // nginx would hold lines back
    'x-content-type-options': 'nosniff',
  })
  response.flushHeaders()
  const ping = setInterval(() => response.write(writer.ping), PING_MS)
  void gone.then(() => clearInterval(ping))
  return {
    gone,
    send: chunk => {
      if (response.writableLength > MAX_BEHIND_BYTES) response.destroy()
      else response.write(chunk)
    },
    end: () => {
      clearInterval(ping) // a slow reader is not gone yet, and a write after the end would throw
      response.end()
    },
    room: async () => {
      if (!response.writableNeedDrain || response.destroyed) return
      const stuck = setTimeout(() => response.destroy(), STUCK_MS)
      await Promise.race([new Promise<void>(resolve => response.once('drain', resolve)), gone])
      clearTimeout(stuck)
    },
  }
}

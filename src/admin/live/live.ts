import type { ServerResponse } from 'node:http'
import type { Db } from '../../db/connect.ts'
import { eventsAfter, lastSeq } from '../../db/event.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Log } from '../../log.ts'
import { type Channel, createChannel, type Listener } from './channel.ts'
import type { Format, Writer } from './format.ts'

/** A reader that has this much waiting for it is dropped: it comes back with the number of its last line. */
const MAX_BEHIND_BYTES = 1024 * 1024
/** How long a reader may take for what it asked of the past before it is dropped. */
const STUCK_MS = 30_000
/** A comment this often keeps proxies from taking a quiet stream for a dead one. */
const PING_MS = 15_000
/** How many stored lines are read at once. */
const PAGE = 200

/** Live logs for any number of readers. */
export type Live = {
  /** Writes a job's log after a line into the response, until the log is over, the reader has gone, or `stop`. */
  stream(job: string, after: number, format: Format, response: ServerResponse): void
  /** Ends every stream. */
  stop(): void
}

export type LiveDeps = {
  db: Db
  engine: Pick<Engine, 'follow'>
  log: Log
  writers: Record<Format, Writer>
  /** A job as the API gives it, for the end of its stream. */
  job(id: string): Promise<unknown>
}

type Shared = { channel: Channel; readers: number }

export function createLive(deps: LiveDeps): Live {
  const channels = new Map<string, Shared>()

  /** The job's channel in this format, made for the first reader and gone with the last. */
  const enter = async (job: string, format: Format): Promise<Shared> => {
    const key = `${format} ${job}`
    const after = channels.has(key) ? 0 : await lastSeq(deps.db, job)
    const found = channels.get(key)
    if (found) return counted(found, 1)
    const channel = createChannel({
      writer: deps.writers[format],
      after,
      follow: (seq, signal) => deps.engine.follow(job, seq, signal),
      job: () => deps.job(job),
      onEnd: error => {
        if (channels.get(key)?.channel === channel) channels.delete(key)
        if (error) deps.log.error({ err: error, job }, 'a live log broke; its readers come again')
      },
    })
    const shared = { channel, readers: 1 }
    channels.set(key, shared)
    return shared
  }
  const exit = (shared: Shared) => {
    if (counted(shared, -1).readers === 0) shared.channel.close()
  }

  const read = async (job: string, after: number, format: Format, response: ServerResponse) => {
    const writer = deps.writers[format]
    const reader = openReader(response, writer)
    const shared = await enter(job, format)
    try {
      await catchUp(deps.db, { job, after, channel: shared.channel, writer, reader })
      await reader.gone
    } finally {
      shared.channel.leave(reader)
      exit(shared)
    }
  }

  return {
    stop: () => {
      for (const { channel } of [...channels.values()]) channel.close()
    },
    stream: (job, after, format, response) => {
      read(job, after, format, response).catch(error => {
        deps.log.error({ err: error, job }, 'a live log broke; its reader comes again')
        response.destroy()
      })
    },
  }
}

const counted = (shared: Shared, by: number): Shared => {
  shared.readers += by
  return shared
}

type Reader = Listener & {
  /** Resolves when the response has room; rejects when it takes too long or is gone. */
  room(): Promise<void>
  gone: Promise<void>
}

/** Begins the response and keeps it alive. */
function openReader(response: ServerResponse, writer: Writer): Reader {
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
    end: () => void response.end(),
    room: async () => {
      if (!response.writableNeedDrain || response.destroyed) return
      const stuck = setTimeout(() => response.destroy(), STUCK_MS)
      await Promise.race([new Promise<void>(resolve => response.once('drain', resolve)), gone])
      clearTimeout(stuck)
    },
  }
}

/** The stored lines after one, as they are now; read as fast as the reader takes them. */
export function storedLines(db: Db, job: string, after: number, writer: Writer): ReadableStream<Uint8Array> {
  let seq = after
  return new ReadableStream({
    pull: async stream => {
      const page = await eventsAfter(db, job, seq, PAGE)
      seq = page.at(-1)?.seq ?? seq
      if (page.length > 0) stream.enqueue(Buffer.from(writer.lines(page)))
      if (page.length < PAGE) stream.close()
    },
  })
}

/** Sends what is stored up to where the channel is, page by page, and joins it there: no gap, no line twice. */
async function catchUp(
  db: Db,
  {
    job,
    after,
    channel,
    writer,
    reader,
  }: { job: string; after: number; channel: Channel; writer: Writer; reader: Reader },
): Promise<void> {
  let isGone = false
  void reader.gone.then(() => {
    isGone = true
  })
  for (let seq = after; !isGone; ) {
    if (seq >= channel.seq()) return channel.join(reader)
    const page = await eventsAfter(db, job, seq, PAGE)
    const lines = page.filter(line => line.seq <= channel.seq()) // what is newer comes through the channel
    seq = lines.at(-1)?.seq ?? channel.seq()
    if (lines.length > 0) reader.send(Buffer.from(writer.lines(lines)))
    await reader.room()
  }
}

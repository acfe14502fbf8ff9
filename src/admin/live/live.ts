import type { ServerResponse } from 'node:http'
import type { Db } from '../../db/connect.ts'
import { eventsAfter, lastSeq } from '../../db/event.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Log } from '../../log.ts'
import { type Channel, createChannel } from './channel.ts'
import type { Format, Writer } from './format.ts'
import { openReader, type Reader } from './reader.ts'

/** How many stored lines are read at once. */
const PAGE = 200
/** Fewer are read when they are as large as this: a line may be a megabyte, and each late reader reads its own. */
const PAGE_BYTES = 1024 * 1024

/** Live logs for any number of readers. */
export type Live = {
  /** Writes a job's log after a line into the response, until the log is over, the reader has gone, or `stop`. */
  stream(job: string, after: number, format: Format, response: ServerResponse): void
  /** Ends every stream. */
  stop(): void
}

export type LiveDeps = {
  db: Db
  engine: Pick<Engine, 'follow' | 'drafts'>
  log: Log
  writers: Record<Format, Writer>
  /** A job as the API gives it, for the end of its stream. */
  job(id: string): Promise<unknown>
}

export function createLive(deps: LiveDeps): Live {
  const channels = shareChannels(deps)
  const read = async (job: string, after: number, format: Format, response: ServerResponse) => {
    const writer = deps.writers[format]
    const reader = openReader(response, writer)
    const { channel, exit } = await channels.enter(job, format)
    try {
      await catchUp(deps.db, { job, after, channel, writer, reader })
      await reader.gone
    } finally {
      channel.leave(reader)
      exit()
    }
  }
  return {
    stop: channels.stop,
    stream: (job, after, format, response) => {
      read(job, after, format, response).catch(error => {
        deps.log.error({ err: error, job }, 'a live log broke; its reader comes again')
        response.destroy()
      })
    },
  }
}

/** One channel a job and format, made for its first reader and gone with its last. */
function shareChannels(deps: LiveDeps) {
  const shared = new Map<string, { channel: Channel; readers: number }>()
  const open = (key: string, job: string, format: Format, after: number): Channel => {
    const channel = createChannel({
      writer: deps.writers[format],
      after,
      follow: (seq, signal) => deps.engine.follow(job, seq, signal),
      drafts: signal => deps.engine.drafts(job, signal),
      job: () => deps.job(job),
      onEnd: error => {
        if (shared.get(key)?.channel === channel) shared.delete(key)
        if (error) deps.log.error({ err: error, job }, 'a live log broke; its readers come again')
      },
    })
    return channel
  }
  return {
    enter: async (job: string, format: Format) => {
      const key = `${format} ${job}`
      const after = shared.has(key) ? 0 : await lastSeq(deps.db, job)
      const entry = shared.get(key) ?? { channel: open(key, job, format, after), readers: 0 }
      shared.set(key, entry)
      entry.readers += 1
      const exit = () => {
        entry.readers -= 1
        if (entry.readers === 0) entry.channel.close()
      }
      return { channel: entry.channel, exit }
    },
    stop: () => {
      for (const { channel } of [...shared.values()]) channel.close()
    },
  }
}

/** The stored lines after one, as they are now; read as fast as the reader takes them. */
export function storedLines(db: Db, job: string, after: number, writer: Writer): ReadableStream<Uint8Array> {
  let seq = after
  return new ReadableStream({
    pull: async stream => {
      const page = await eventsAfter(db, job, seq, PAGE, PAGE_BYTES)
      seq = page.at(-1)?.seq ?? seq
      if (page.length > 0) stream.enqueue(Buffer.from(writer.lines(page)))
      else stream.close()
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
    const page = await eventsAfter(db, job, seq, PAGE, PAGE_BYTES)
    const lines = page.filter(line => line.seq <= channel.seq()) // what is newer comes through the channel
    seq = lines.at(-1)?.seq ?? channel.seq()
    if (lines.length > 0) reader.send(Buffer.from(writer.lines(lines)))
    await reader.room()
  }
}

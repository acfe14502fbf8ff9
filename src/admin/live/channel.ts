import { setTimeout as delay } from 'node:timers/promises'
import type { JobEvent } from '../../job.ts'
import type { Writer } from './format.ts'

/** Lines that come within this many milliseconds go out as one chunk, made once for all readers. */
export const CHUNK_MS = 40
/** A draft is shown no more often than this. */
const DRAFT_MS = 150

/** A reader's end of a channel. `send` gets whole messages; after `end` nothing comes. */
export type Listener = { send(chunk: Buffer): void; end(): void }

/** The live end of one job's log in one format, shared by all who read it. */
export type Channel = {
  /** The number of the last line that was sent to everybody here. */
  seq(): number
  /** Adds a reader that has every line up to `seq()`; call it in the same turn as that was looked at. */
  join(listener: Listener): void
  leave(listener: Listener): void
  /** Ends it for everybody who is still here. */
  close(): void
}

export type ChannelDeps = {
  writer: Writer
  after: number
  follow(after: number, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What the agent is writing just now. */
  drafts(signal: AbortSignal): AsyncIterable<string>
  /** The job as it is at the end of its log. */
  job(): Promise<unknown>
  /** Hears once that the log is over, broke, or was closed. */
  onEnd(error?: unknown): void
}

export function createChannel(deps: ChannelDeps): Channel {
  const listeners = new Set<Listener>()
  const closed = new AbortController()
  const pending: JobEvent[] = []
  let seq = deps.after
  let done: Buffer | null = null

  const send = (chunk: Buffer) => {
    for (const listener of listeners) listener.send(chunk)
  }
  const flush = () => {
    const last = pending.at(-1)
    if (!last) return
    const chunk = Buffer.from(deps.writer.lines(pending.splice(0)))
    seq = last.seq // in the same turn as the chunk goes out: who joins afterwards has what is in it
    send(chunk)
  }
  const close = (error?: unknown) => {
    if (closed.signal.aborted) return
    closed.abort()
    for (const listener of listeners) listener.end()
    deps.onEnd(error)
  }
  const run = async () => {
    const wake = inTurns(flush, closed.signal)
    for await (const event of deps.follow(seq, closed.signal)) {
      pending.push(event)
      wake()
    }
    const end = Buffer.from(deps.writer.done(await deps.job()))
    if (closed.signal.aborted) return
    flush()
    done = end
    send(done)
    close()
  }
  void run().catch(close)
  void showDrafts(deps, send, closed.signal).catch(close)

  return {
    seq: () => seq,
    join: listener => {
      if (!closed.signal.aborted) return void listeners.add(listener)
      if (done) listener.send(done)
      listener.end()
    },
    leave: listener => void listeners.delete(listener),
    close,
  }
}

/** Sends what the agent is writing, the newest only, and no more often than a person can see. */
async function showDrafts({ writer, drafts }: ChannelDeps, send: (chunk: Buffer) => void, signal: AbortSignal) {
  if (!writer.draft) return
  for await (const text of drafts(signal)) {
    send(Buffer.from(writer.draft(text)))
    await delay(DRAFT_MS, undefined, { signal }).catch(() => {}) // the end of the channel ends the pause
  }
}

/** Gives a wake-up that flushes at once after a quiet time, and else a chunk's time after the flush before. */
function inTurns(flush: () => void, signal: AbortSignal): () => void {
  let busy = false
  let asked = false
  const turns = async () => {
    while (asked && !signal.aborted) {
      await new Promise(setImmediate) // what was read together goes out together
      asked = false
      flush()
      await delay(CHUNK_MS, undefined, { signal }).catch(() => {}) // the end of the channel ends the pause
    }
    busy = false
  }
  return () => {
    asked = true
    if (busy) return
    busy = true
    void turns()
  }
}

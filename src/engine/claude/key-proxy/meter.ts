import { StringDecoder } from 'node:string_decoder'
import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { type CallUsage, usageShape } from './prices.ts'

/** Reads what a call used from its answer as it passes by, and changes nothing of it. */
export type Meter = {
  push(chunk: Buffer): void
  /** The answer has come to its end, or is cut. */
  end(): void
}

/** The longest answer in one piece that is read; an event of a stream is far shorter. */
const MAX_CHARS = 16 * 1024 * 1024

/** `onUsage` hears of the model and of all that is known so far, each time that it is more. */
export function createMeter(contentType: string, onUsage: (model: string | null, usage: CallUsage) => void): Meter {
  if (contentType.startsWith('text/event-stream')) return streamMeter(onUsage)
  return contentType.startsWith('application/json') ? jsonMeter(onUsage) : { push: () => {}, end: () => {} }
}

const message = z.object({ model: z.string().nullish(), usage: usageShape })
const messageStart = z.object({ message })
const messageDelta = z.object({ usage: usageShape })

function streamMeter(onUsage: (model: string | null, usage: CallUsage) => void): Meter {
  let model: string | null = null
  let usage: CallUsage = {}
  let isReadable = true
  const parser = createParser({
    maxBufferSize: MAX_CHARS,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') isReadable = false // the parser takes nothing more
    },
    onEvent: ({ event, data }) => {
      if (event === 'message_start') {
        const start = read(messageStart, data)?.message
        model = start?.model ?? model
        usage = merge(usage, start?.usage)
      } else if (event === 'message_delta') usage = merge(usage, read(messageDelta, data)?.usage)
      else return
      onUsage(model, usage)
    },
  })
  const decoder = new StringDecoder('utf8')
  return {
    push: chunk => {
      if (isReadable) parser.feed(decoder.write(chunk))
    },
    end: () => {},
  }
}

/** A later event counts from the beginning again, and leaves out, or to zero, what did not change. */
function merge(before: CallUsage, now: CallUsage = {}): CallUsage {
  const more = Object.entries(now).filter(([, value]) => value !== null && value !== undefined && value !== 0)
  return { ...before, ...Object.fromEntries(more) }
}

function jsonMeter(onUsage: (model: string | null, usage: CallUsage) => void): Meter {
  const decoder = new StringDecoder('utf8')
  let text = ''
  return {
    push: chunk => {
      if (text.length < MAX_CHARS) text += decoder.write(chunk)
    },
    end: () => {
      const answer = read(message, text)
      if (answer) onUsage(answer.model ?? null, answer.usage)
    },
  }
}

/** What the text says, if it is JSON of this shape; an error's answer is not. */
function read<T>(shape: z.ZodType<T>, text: string): T | null {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

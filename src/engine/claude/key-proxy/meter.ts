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
const part = z.string().default('')
const blockDelta = z.object({ delta: z.object({ text: part, thinking: part, partial_json: part }) })

/** What a token of an answer has at least, on average: of one that is cut nobody says how many there were. */
const CHARS_A_TOKEN = 4

function streamMeter(onUsage: (model: string | null, usage: CallUsage) => void): Meter {
  let model: string | null = null
  let usage: CallUsage = {}
  let chars = 0
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
      } else if (event === 'message_delta') {
        usage = merge(usage, read(messageDelta, data)?.usage)
        chars = 0
      } else {
        if (event === 'content_block_delta') chars += charsIn(data)
        return
      }
      onUsage(model, usage)
    },
  })
  const decoder = new StringDecoder('utf8')
  return {
    push: chunk => {
      if (isReadable) parser.feed(decoder.write(chunk))
    },
    end: () => {
      if (chars === 0) return
      const output_tokens = Math.max(usage.output_tokens ?? 0, Math.ceil(chars / CHARS_A_TOKEN))
      onUsage(model, { ...usage, output_tokens })
    },
  }
}

function charsIn(data: string): number {
  const { text = '', thinking = '', partial_json: json = '' } = read(blockDelta, data)?.delta ?? {}
  return text.length + thinking.length + json.length
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

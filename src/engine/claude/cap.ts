import type { EventBody } from '../../job.ts'
import { size } from '../../words.ts'

/** How much of one text the log keeps, in bytes of UTF-8; a line of the CLI may hold more. */
export const MAX_TEXT_BYTES = 1024 * 1024
/** How deep a tool's input may be nested in the log; some thousands of levels, and JSON.stringify throws. */
const MAX_LEVELS = 100

/** The text as the log keeps it: one over the cap ends with a mark that says how much is missing. */
export function capText(text: string, cap = MAX_TEXT_BYTES): string {
  if (text.length * 3 <= cap) return text // no character takes more bytes than that
  const bytes = Buffer.byteLength(text)
  if (bytes <= cap) return text
  const { read, written } = new TextEncoder().encodeInto(text, Buffer.allocUnsafe(cap)) // ends with a whole character
  return `${text.slice(0, read)}\n[cut here: ${size(bytes - written)} more]`
}

/** The log line as it is kept: every text in it under the cap, and nothing nested deeper than can be stored. */
export function capEvent(event: EventBody, cap = MAX_TEXT_BYTES): EventBody {
  const capped = { ...event, text: capText(event.text, cap) }
  if (event.steps) capped.steps = event.steps.map(step => ({ ...step, text: capText(step.text, cap) }))
  if (event.input !== undefined) capped.input = capValue(event.input, cap, MAX_LEVELS)
  return capped
}

function capValue(value: unknown, cap: number, levels: number): unknown {
  if (typeof value === 'string') return capText(value, cap)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return '[nested too deep]'
  if (Array.isArray(value)) return value.map(item => capValue(item, cap, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, capValue(item, cap, levels - 1)]))
}

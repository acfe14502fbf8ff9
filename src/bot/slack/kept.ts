import { Readable } from 'node:stream'
import type { Upload } from '../../engine/instructions/instruction.ts'
import { attached, type Downloads } from './downloads.ts'
import type { SlackFile } from './payloads.ts'
import { typed } from './text.ts'
import type { Web } from './web.ts'

/** Files of a message that a form keeps by name, one a line: `slack:F024/notes.md`, `slack:C024:171.42/thread.md`. */
const KEPT = /^slack:([^/]+)\/(.*)$/

/** A form carries 3000 characters in all. */
const NAME_CHARS = 60

export const keepFile = ({ id, name }: SlackFile): string => `slack:${id}/${(name || id).slice(-NAME_CHARS)}`
export const keepThread = (channel: string, ts: string): string => `slack:${channel}:${ts}/thread.md`

/** The name alone, for people. */
export const keptName = (kept: string): string => KEPT.exec(kept)?.[2] ?? kept

/** What a form kept, as the value of its input: uploads, or names that are read elsewhere as they stand. */
export function keptValue(kept: string, downloads: Downloads): readonly Upload[] | string {
  const found = kept.split('\n').map(line => KEPT.exec(line))
  if (found.some(match => match === null)) return kept
  return found.map(match => uploadOf(match?.[1] ?? '', match?.[2] ?? '', downloads))
}

function uploadOf(id: string, name: string, downloads: Downloads): Upload {
  const [channel, ts] = id.split(':')
  if (!channel || !ts) return attached({ id, name }, downloads)
  return { name, open: () => Readable.from(threadLines(downloads.web, channel, ts)) }
}

/** A thread as text: who said what, one message after the other. */
async function* threadLines(web: Web, channel: string, ts: string): AsyncGenerator<string> {
  let cursor: string | undefined
  do {
    const how = { channel, ts, limit: 200, ...(cursor && { cursor }) }
    const page = await web.call(`conversations.replies ${channel}`, client => client.conversations.replies(how))
    for (const { user, text } of page.messages ?? []) yield `${user ?? 'somebody'}: ${typed(text ?? '')}\n\n`
    cursor = page.response_metadata?.next_cursor
  } while (cursor)
}

import { Readable } from 'node:stream'
import type { Attachment, Values } from '../drafts.ts'
import { revived } from '../drafts.ts'
import { attached, type Downloads } from './downloads.ts'
import { typed } from './text.ts'
import type { Web } from './web.ts'

/** A thread as a file, of which the first message is `ts`. */
export const threadFile = (channel: string, ts: string, { web }: Pick<Downloads, 'web'>): Attachment => ({
  ...{ name: 'thread.md', ref: `${channel}:${ts}` },
  open: () => Readable.from(threadLines(web, channel, ts)),
})

/** Values that were kept: their files are fetched from Slack, or written from a thread, when the job is made. */
export const revivedValues = (values: Values, downloads: Downloads): Record<string, unknown> =>
  revived(values, ({ name, ref }) => {
    const [channel, ts] = ref.split(':')
    return channel && ts ? threadFile(channel, ts, downloads) : attached({ id: ref, name }, downloads)
  })

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

import { Readable } from 'node:stream'
import { UserError } from '../../errors.ts'
import { bounded, fetchFile, liesAt, MAX_BYTES, notAttached, tooLarge } from '../download.ts'
import type { Attachment } from '../drafts.ts'
import type { SlackFile } from './payloads.ts'
import { slackError, type Web } from './web.ts'

/** What fetching a file of Slack needs. */
export type Downloads = { web: Web; token: string; apiUrl: string | null }

const SLACK_FILES = 'https://files.slack.com'

/** A file that a person attached, to be fetched when the job is made. */
export const attached = (file: SlackFile, downloads: Downloads): Attachment => ({
  name: file.name || file.id,
  ref: file.id,
  open: () => Readable.from(bytesOf(file, downloads), { objectMode: false }),
})

async function* bytesOf(file: SlackFile, { web, token, apiUrl }: Downloads): AsyncGenerator<Uint8Array> {
  const known = file.url_private ? file : await ask(web, file)
  const name = known.name ?? known.id
  const url = known.url_private_download ?? known.url_private
  const origins = [SLACK_FILES, ...(apiUrl === null ? [] : [apiUrl])]
  if (known.is_external || known.mode === 'external' || !url || !liesAt(url, origins)) throw notAttached(name, 'Slack')
  if ((known.size ?? 0) > MAX_BYTES) throw tooLarge(name)
  const answer = await fetchFile(url, { authorization: `Bearer ${token}` })
  // Without the right to read files Slack answers with its login page.
  const isLogin = answer.headers.get('content-type')?.startsWith('text/html') && !/\.html?$/i.test(name)
  if (!answer.ok || !answer.body || isLogin)
    throw new UserError(
      `Slack did not give me \`${name}\` (${isLogin ? 'no access' : answer.status}). Attach it again.`,
    )
  yield* bounded(name, answer.body)
}

/** Of a file in a channel that is shared with another workspace, the message has only the id. */
async function ask(web: Web, file: SlackFile): Promise<SlackFile> {
  try {
    const { file: found } = await web.call('files.info', client => client.files.info({ file: file.id }))
    return { ...file, ...(found as Partial<SlackFile>) }
  } catch (cause) {
    const name = file.name ?? file.id
    throw new UserError(`Slack does not give me \`${name}\` (${slackError(cause) ?? 'no answer'}). Attach it again.`, {
      cause,
    })
  }
}

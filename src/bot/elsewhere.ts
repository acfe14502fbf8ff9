import type { Clock } from '../clock.ts'
import type { OutputView } from '../engine/view.ts'
import { signFile } from '../links.ts'
import { size } from '../words.ts'
import type { Message, PostFile } from './platform.ts'
import { firstPart } from './split.ts'

/** Makes a link to an output of a job, good for 7 days. */
export type LinkTo = (job: string, output: Pick<OutputView, 'path' | 'sha256'>) => string

/** Links below the server's address, which ends without a slash. */
export const createLinkTo =
  (key: string, publicUrl: string, clock: Clock): LinkTo =>
  (job, { path, sha256 }) =>
    `${publicUrl}/files/${signFile(key, { job, path, sha256 }, clock.now())}`

type Missing = Pick<PostFile, 'name' | 'bytes' | 'link' | 'job'>

/** How many files that could not be posted are named before the rest is counted. */
const NAMED = 5

/** Says in one line of Markdown which files are not in a post, and where they are instead; `why` where it is no limit. */
export function elsewhere(files: readonly Missing[], why?: string): string {
  const named = files.slice(0, NAMED).map(({ name, bytes, link }) => {
    const linked = link === undefined ? name : `[${name.replaceAll(/[[\]]/g, '\\$&')}](${link})`
    return `${linked} (${size(bytes)})`
  })
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : ''
  return `Not posted here${why ? ` (${why})` : ''}: ${named.join(', ')}${more}. ${whereTo(files)}`
}

function whereTo(files: readonly Missing[]): string {
  const job = files.find(({ job }) => job !== undefined)?.job
  const isLinked = files.length <= NAMED && files.every(({ link }) => link)
  if (isLinked) return files.length === 1 ? 'The link works for 7 days.' : 'The links work for 7 days.'
  return job === undefined ? "The job's page has it." : `\`errand files ${job}\` says where they are.`
}

/** The text of a post with a note at its end, for which it gives way; with the footer at most so many characters. */
export function withNote({ text, footer = '' }: Pick<Message, 'text' | 'footer'>, note: string, most: number): string {
  const room = Math.max(0, most - footer.length - note.length - 2)
  return `${text.length <= room ? text : firstPart(text, room)}\n\n${note}`
}

import { facts } from '../engine/card-words.ts'
import { resultWords } from '../engine/result-words.ts'
import type { JobView, OutputView } from '../engine/view.ts'
import { size } from '../words.ts'
import type { Message, PlatformLimits, PostFile } from './platform.ts'
import { ANSWER_FILE, firstPart } from './split.ts'

/** How many files that could not be posted are named before the rest is counted. */
const NAMED = 5

/** The last post of a thread, which notifies: the answer or what went wrong, then time, cost and files. */
export function resultMessage(view: JobView, limits: PlatformLimits): Message {
  const body = resultWords(view)
  const whole = withFiles(view, limits, limits.filesPerPost)
  if (body.length + whole.footer.length < limits.messageChars) return { step: 'result', text: body, ...whole }
  // Too long: the answer becomes a file and takes the first place; a file that then finds none is named.
  const { footer, files } = withFiles(view, limits, limits.filesPerPost - 1)
  const answer: PostFile = { name: ANSWER_FILE, bytes: Buffer.byteLength(body), text: body }
  const text = firstPart(body, limits.messageChars - footer.length - 1)
  return { step: 'result', text, footer, files: [answer, ...files] }
}

function withFiles(view: JobView, limits: PlatformLimits, places: number): { footer: string; files: PostFile[] } {
  const posted = view.outputs.filter(output => output.bytes <= limits.fileBytes).slice(0, Math.max(0, places))
  const rest = view.outputs.filter(output => !posted.includes(output))
  const files = posted.map(({ path, file, bytes }) => ({ name: path, file, bytes }))
  return { footer: [footerOf(view), ...restWords(view.id, rest)].join('\n'), files }
}

function restWords(id: string, rest: OutputView[]): string[] {
  if (rest.length === 0) return []
  const named = rest.slice(0, NAMED).map(({ path, bytes }) => `${path} (${size(bytes)})`)
  const more = rest.length > NAMED ? ` and ${rest.length - NAMED} more` : ''
  return [`not posted here: ${named.join(', ')}${more}; \`errand files ${id}\` says where they are`]
}

/** Of what did not succeed the id is there to quote. */
function footerOf(view: JobView): string {
  const known = facts(view).join(' · ')
  if (view.status === 'succeeded') return `done in ${known}`
  const log = view.status === 'failed' ? [`\`errand log ${view.id}\` shows every step`] : []
  return [...(known === '' ? [] : [`after ${known}`]), `job ${view.id}`, ...log].join(' · ')
}

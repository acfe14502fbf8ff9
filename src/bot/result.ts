import type { JobView, OutputView } from '../engine/view.ts'
import type { FailureCode } from '../job.ts'
import { size } from '../words.ts'
import { facts } from './card.ts'
import type { Message, PlatformLimits, PostFile } from './platform.ts'
import { ANSWER_FILE, firstPart } from './split.ts'

/** How many files that could not be posted are named before the rest is counted. */
const NAMED = 5

/** The last post of a thread, which notifies: the answer or what went wrong, then time, cost and files. */
export function resultMessage(view: JobView, limits: PlatformLimits): Message {
  const body = bodyOf(view)
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

function bodyOf(view: JobView): string {
  switch (view.status) {
    case 'failed':
      return failureWords(view)
    case 'cancelled':
      return `${capitalised(view.message ?? 'cancelled')}.`
    default:
      return [view.result?.trim() || 'Done; the agent gave no answer in words.', view.message ?? '']
        .filter(text => text !== '')
        .join('\n\n')
  }
}

/** Of what did not succeed the id is there to quote. */
function footerOf(view: JobView): string {
  const known = facts(view).join(' · ')
  if (view.status === 'succeeded') return `done in ${known}`
  const log = view.status === 'failed' ? [`\`errand log ${view.id}\` shows every step`] : []
  return [...(known === '' ? [] : [`after ${known}`]), `job ${view.id}`, ...log].join(' · ')
}

/** What happened and what to press, as the engine words it; then what that means for the one who asked. */
function failureWords({ failure, message, result, outputs }: JobView): string {
  const meaning = failure === null ? undefined : MEANING[failure]
  const kept = outputs.length > 0 ? 'The files that were made until then are kept.' : undefined
  const means = [meaning, kept].filter(words => words !== undefined).join(' ')
  return [message ?? 'It failed, and nothing says why.', means, result?.trim()].filter(Boolean).join('\n\n')
}

/** Says who can help, where the sentence about the failure does not; the others need no more words. */
const MEANING: Partial<Record<FailureCode, string>> = {
  auth: 'Only the people who run this server can change that; your request was fine.',
  usage_limit: 'Your request was fine; it can be run again as it is.',
  interrupted: 'Your request was fine; it can be run again as it is.',
  internal: 'That is a fault of mine, not of your request.',
}

const capitalised = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1)

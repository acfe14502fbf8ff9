import type { FailureCode } from '../job.ts'
import type { JobView } from './view.ts'

/** What a job came to, as Markdown: the answer, or what went wrong and what that means for the one who asked. */
export function resultWords(view: JobView): string {
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

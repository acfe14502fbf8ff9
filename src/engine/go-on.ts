import type { Question } from '../db/question.ts'
import type { AttemptCause } from '../job.ts'
import { isUnheard } from './ask.ts'
import type { AttemptInputs } from './claim.ts'
import { buildPrompt } from './instructions/prompt.ts'
import type { KeptFile } from './instructions/upload.ts'
import { answersOf, type Said } from './said.ts'

/** The words with which an interrupted session goes on, and one that a person takes on after its end. */
const RESTARTED = 'The server restarted. Check whether your last step took effect, then continue.'
const PAUSED = 'You were paused for a while. Check whether your last step took effect, then continue.'
const RESUMED =
  'This ended before it was done, and a person asks you to go on. Check whether your last step took effect, then continue.'

const WORDS: Partial<Record<AttemptCause, string>> = { resume: RESUMED, limit: PAUSED }

/**
 * What the agent is told at the begin of an attempt: the request itself, or how its session goes on. What people said
 * is quoted: what its session has not heard, and where that is new, everything. `past` is what was said
 * in the conversation of a follow-up whose session is gone.
 */
export function promptOf(attempt: AttemptInputs, past: string): string {
  const { job, nativeSession, questions } = attempt
  const meanwhile = job.cause === 'retry' ? [] : saidMeanwhile(attempt.said)
  if (nativeSession === null) {
    const earlier = job.cause === 'retry' ? [] : questions.filter(({ state }) => state === 'answered')
    const asked = quoted(earlier, 'Earlier in this task, people were asked:')
    return [...(past === '' ? [] : [past]), requestOf(attempt), ...meanwhile, ...asked].join('\n\n')
  }
  if (job.attempt === 1) return requestOf(attempt)
  const answers = quoted(questions.filter(isUnheard), 'You asked, and were answered while you were away:')
  if (job.cause === 'answer') return [...meanwhile, ...answers, 'Go on with the task.'].join('\n\n')
  // The session may have ended before it had these.
  const request = job.reply === null ? [] : [`What you were asked last:\n${requestOf(attempt)}`]
  return [WORDS[job.cause] ?? RESTARTED, ...request, ...meanwhile, ...answers].join('\n\n')
}

/**
 * What of the lines said into turns a session does not hold, neither as they were said nor quoted at the begin of an
 * attempt; `heard` is what it holds.
 */
export function unheard(said: readonly string[], heard: readonly string[]): string[] {
  const left = heard.map(text => text.trim())
  return said.filter(line => {
    const at = left.findIndex(text => text !== '' && line.endsWith(` said: ${text}`))
    if (at === -1) return !left.some(text => `${text}\n`.includes(`- ${line}\n`))
    left.splice(at, 1) // who says the same twice means it twice
    return false
  })
}

const saidMeanwhile = (said: readonly string[]): string[] =>
  said.length === 0 ? [] : [['Meanwhile people said:', ...said.map(line => `- ${line}`)].join('\n')]

/** What was asked for: the instruction with its inputs, or the words of a follow-up with its files. */
function requestOf({ job, instruction, values, files }: AttemptInputs): string {
  if (job.reply === null) return buildPrompt(instruction, values)
  return [job.reply, ...filesOf(files)].join('\n\n')
}

const filesOf = (files: readonly KeptFile[]): string[] =>
  files.length === 0 ? [] : [['These files came with it:', ...files.map(({ path }) => `- ${path}`)].join('\n')]

const quoted = (questions: readonly Question[], head: string): string[] =>
  questions.length === 0 ? [] : [[head, ...questions.map(quote)].join('\n')]

function quote(question: Question): string {
  const { kind, tool, input, text } = question
  const said = question.said as Said
  if ('answers' in said)
    return Object.entries(answersOf(said))
      .map(([asked, answer]) => `- You asked ${JSON.stringify(asked)}; the answer is ${JSON.stringify(answer)}.`)
      .join('\n')
  if (kind === 'question') return `- You asked ${JSON.stringify(text)}, and ${said.reason ?? 'nobody answered'}.`
  const because = said.reason ? ` The reason: ${JSON.stringify(said.reason)}.` : ''
  if (kind === 'plan')
    return said.decision === 'deny'
      ? `- Your plan is to be changed.${because} Change it and show it again.`
      : `- This plan of yours is approved; carry it out:\n${text}`
  const call = `${tool} with the input ${JSON.stringify(said.decision === 'deny' ? input : (said.input ?? input))}`
  return said.decision === 'deny'
    ? `- You asked for leave to use ${call}. It was refused; do not do it.${because}`
    : `- You asked for leave to use ${tool}. It is approved: make exactly this call again now: ${call}.`
}

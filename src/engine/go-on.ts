import type { Question } from '../db/question.ts'
import { isUnheard } from './ask.ts'
import type { AttemptInputs } from './claim.ts'
import { buildPrompt } from './instructions/prompt.ts'
import { answersOf, type Said } from './said.ts'

/** The words with which an interrupted session goes on. */
const RESTARTED = 'The server restarted. Check whether your last step took effect, then continue.'

/**
 * What the agent is told at the begin of an attempt: the request itself, or how its session goes on. What people said
 * while nobody heard it is quoted; where the session is new, everything that they said before.
 */
export function promptOf({ job, instruction, values, nativeSession, questions }: AttemptInputs): string {
  if (nativeSession === null) {
    const earlier = job.cause === 'retry' ? [] : questions.filter(({ state }) => state === 'answered')
    return [buildPrompt(instruction, values), ...quoted(earlier, 'Earlier in this task, people were asked:')].join(
      '\n\n',
    )
  }
  const unheard = questions.filter(isUnheard)
  const restarted = job.cause === 'answer' ? [] : [RESTARTED]
  const answers = quoted(unheard, 'You asked, and were answered while you were away:')
  return [...restarted, ...answers, ...(restarted.length > 0 ? [] : ['Go on with the task.'])].join('\n\n')
}

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

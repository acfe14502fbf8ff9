import { z } from 'zod'
import type { Question } from '../db/question.ts'
import { oneLine } from '../words.ts'
import type { AgentAnswer, AgentQuestion } from './agent.ts'

/** What a person says to a question: answers by its parts' texts, or a decision about a call or a plan. */
export type Said =
  | { answers: Readonly<Record<string, string>> }
  | {
      decision: 'approve' | 'approve-for-job' | 'deny'
      /** Why not; of a plan what is to be changed. */
      reason?: string | undefined
      /** What runs instead of what was asked for. */
      input?: Readonly<Record<string, unknown>> | undefined
      /** Nobody said it: the time was over. */
      late?: true
    }

/** One question among those that the agent asked at once. */
export type Part = {
  question: string
  header: string
  options: readonly { label: string; description: string }[]
  multiSelect: boolean
}

const parts = z.object({
  questions: z.array(
    z.object({
      question: z.string(),
      header: z.string().default(''),
      options: z.array(z.object({ label: z.string(), description: z.string().default('') })).default([]),
      multiSelect: z.boolean().default(false),
    }),
  ),
})

/** What a question asks, one by one; empty for an approval, a plan, and what cannot be read. */
export const partsOf = ({ kind, input }: Pick<Question, 'kind' | 'input'>): readonly Part[] =>
  kind === 'question' ? (parts.safeParse(input).data?.questions ?? []) : []

/** What is said of a question with what was said of it before, or one sentence why it does not fit. */
export function addSaid(question: Question, said: Said): { said: Said; isComplete: boolean } | { problem: string } {
  if (!('answers' in said))
    return question.kind === 'question' && said.decision !== 'deny'
      ? { problem: 'This is a question: answer it.' }
      : { said, isComplete: true }
  if (question.kind !== 'question') return { problem: 'This asks for leave: approve or deny it.' }
  const asked = partsOf(question).map(part => part.question)
  const before = answersOf(question.said)
  const unknown = Object.keys(said.answers).find(text => !asked.includes(text))
  if (unknown !== undefined) return { problem: `It was not asked \`${oneLine(unknown, 80)}\`.` }
  const given = Object.entries(said.answers).filter(([, answer]) => answer.trim() !== '')
  if (given.length === 0) return { problem: 'The answer is empty: choose or write one.' }
  const twice = given.find(([text]) => Object.hasOwn(before, text))
  if (twice) return { problem: `\`${oneLine(twice[0], 80)}\` is answered already: ${before[twice[0]]}.` }
  const answers = { ...before, ...Object.fromEntries(given) }
  return { said: { answers }, isComplete: asked.every(text => Object.hasOwn(answers, text)) }
}

/** The answers by their questions, as far as there are any. */
export const answersOf = (said: unknown): Readonly<Record<string, string>> =>
  said !== null && typeof said === 'object' && 'answers' in said
    ? (said as { answers: Record<string, string> }).answers
    : {}

/** What the agent gets: exactly what was approved, or why not. */
export function answerOf({ kind, input, said }: Pick<Question, 'kind' | 'input' | 'said'>): AgentAnswer {
  const words = said as Said
  if ('answers' in words) return { allow: true, input: { ...input, answers: words.answers } }
  if (words.decision !== 'deny') return { allow: true, input: words.input ?? input }
  const reason = words.reason?.trim()
  if (kind === 'plan') return { allow: false, why: `The plan is to be changed${reason ? `: ${reason}` : '.'}` }
  return { allow: false, why: reason ? `This was refused: ${reason}` : 'A person refused this.' }
}

/** True of a plan that may be carried out. */
export const isApprovedPlan = ({ kind, state, said }: Pick<Question, 'kind' | 'state' | 'said'>): boolean =>
  kind === 'plan' && state === 'answered' && (said as { decision?: string }).decision !== 'deny'

/** What is asked, for a card and a log: one line, but the plan whole. */
export const askedWords = ({ kind, text }: Pick<Question, 'kind' | 'text'>): string =>
  kind === 'approval'
    ? `May I go on with ${oneLine(text, 200)}?`
    : kind === 'plan'
      ? `Is this plan right?\n\n${text}`
      : text

/** What was said, for people: `answered: Blue`, `approved`, `denied: not on a Friday`. */
export function saidWords({ kind, tool }: Pick<Question, 'kind' | 'tool'>, said: Said): string {
  if ('answers' in said) return `answered: ${Object.values(said.answers).join(' · ')}`
  const { decision, reason, input, late } = said
  const because = reason?.trim() ? `: ${reason.trim()}` : ''
  if (decision === 'deny' && late && kind !== 'approval') return `closed it${because}`
  if (decision === 'deny') return kind === 'plan' ? `asked to change the plan${because}` : `denied it${because}`
  if (kind === 'plan') return 'approved the plan'
  if (decision === 'approve-for-job') return `approved ${tool} for the rest of this job`
  return input ? 'approved it with a change' : 'approved it'
}

/** True when both are the same call, whatever the order of their keys. */
export const isSameCall = (a: Call, b: Call): boolean => a.tool === b.tool && canonical(a.input) === canonical(b.input)

type Call = Pick<AgentQuestion, 'tool' | 'input'>

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

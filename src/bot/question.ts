import type { Question } from '../db/question.ts'
import { callWords } from '../engine/call-words.ts'
import { answersOf, type Part, partsOf, type Said, saidWords } from '../engine/said.ts'
import type { QuestionView } from '../engine/view.ts'
import { oneLine } from '../words.ts'
import type { Action, Message, PlatformLimits } from './platform.ts'
import { quoteValue } from './quotes.ts'
import { firstPart } from './split.ts'

/** Room for the footer, which says who answered what. */
const FOOTER_CHARS = 300

/** A post of a question: `part` counts from 1 where the agent asked several things at once. */
export type QuestionPost = { part: number; message: Message }

type Asked = Pick<Question, 'id' | 'kind' | 'tool' | 'input' | 'text'> &
  Partial<Pick<Question, 'state' | 'said' | 'answeredBy'>>

/** What a question says in its thread, a post each for what can be answered alone; `job` is what Stop cancels. */
export function questionPosts(question: Asked, job: string, limits: PlatformLimits): QuestionPost[] {
  const parts = partsOf(question)
  if (question.kind !== 'question') return [{ part: 1, message: decisionPost(question, job, limits) }]
  return parts.map((part, index) => ({ part: index + 1, message: partPost(question, part, index, parts.length) }))
}

/** The name of a part in commands: the question's id, with the part's number where there are several. */
const partName = (id: string, index: number, count: number): string => (count > 1 ? `${id}.${index + 1}` : id)

function partPost(question: Asked, part: Part, index: number, count: number): Message {
  const text = part.options.length > 0 ? `${part.question}\n${optionLines(part)}` : part.question
  const post = { step: 'question' as const, text: text.trim() }
  const answer = answersOf(question.said ?? null)[part.question]
  if (answer !== undefined) return { ...post, footer: oneLine(`answered: ${answer}`, FOOTER_CHARS - 50) }
  if (question.state !== undefined && question.state !== 'open') return { ...post, footer: endWords(question) }
  return {
    ...post,
    footer: `question ${partName(question.id, index, count)}`,
    actions: partActions(question.id, part, index, count),
  }
}

const optionLines = ({ options }: Part): string =>
  options.map(({ label, description }) => `- ${label}${description ? ` — ${description}` : ''}`).join('\n')

function partActions(id: string, part: Part, index: number, count: number): Action[] {
  const command = `answer ${partName(id, index, count)}`
  const options = part.options.map(({ label, description }) => ({ label, description }))
  const choices: Action[] = part.multiSelect
    ? [{ label: 'Choose', command, options, style: 'primary' }]
    : options.map(({ label, description }) => ({ label, command: `${command} ${quoteValue(label)}`, description }))
  return [...choices, { label: 'Other answer', command, input: { label: part.header || 'Your answer' } }]
}

function decisionPost(question: Asked, job: string, limits: PlatformLimits): Message {
  const { id, kind } = question
  const { head, body, block, file } = kind === 'plan' ? planText(question.text) : approvalText(question)
  const whole = body === '' ? head : `${head}\n${block}`
  const room = limits.messageChars - FOOTER_CHARS
  const post: Message = { step: 'question', text: whole.length <= room ? whole : firstPart(whole, room, file) }
  if (whole.length > room) post.files = [{ name: file, bytes: Buffer.byteLength(body), text: body }]
  if (question.state !== undefined && question.state !== 'open') return { ...post, footer: endWords(question) }
  const actions = kind === 'plan' ? planActions(id, job) : approvalActions(question)
  return { ...post, footer: `question ${id}`, actions }
}

const planText = (text: string) => ({ head: 'This is my plan:', body: text, block: `\n${text}`, file: 'plan.md' })

function approvalText(question: Asked) {
  const { language, also, ...call } = callWords(question)
  const body = [call.body, also].filter(text => text !== '').join('\n\n')
  return { ...call, body, block: codeBlock(body, language) }
}

/** The text as a block of code. */
const codeBlock = (body: string, language: string): string => `${fenceOf(body)}${language}\n${body}\n${fenceOf(body)}`

/** Longer than any run of backticks inside, so that nothing in it ends the block. */
function fenceOf(body: string): string {
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(longest + 1)
}

const planActions = (id: string, job: string): Action[] => [
  { label: 'Approve', command: `approve ${id}`, style: 'primary' },
  { label: 'Change', command: `deny ${id}`, input: { label: 'What is to be changed' } },
  { label: 'Stop', command: `cancel ${job}`, style: 'danger' },
]

function approvalActions({ id, tool, input }: Asked): Action[] {
  const command = tool === 'Bash' && typeof input.command === 'string' ? input.command : null
  const edit: Action[] =
    command === null
      ? []
      : [{ label: 'Edit and approve', command: `approve ${id}`, input: { label: 'Command', value: command } }]
  return [
    { label: 'Approve', command: `approve ${id}`, style: 'primary' },
    { label: 'Approve for this job', command: `approve ${id} --job`, description: `${tool} for the rest of this job` },
    ...edit,
    { label: 'Deny', command: `deny ${id}`, style: 'danger' },
    { label: 'Deny with reason', command: `deny ${id}`, input: { label: 'Reason' } },
  ]
}

function endWords({ kind, tool, state, said, answeredBy }: Asked): string {
  if (state === 'withdrawn' || !said) return 'Nobody answered, and it needs no answer any more.'
  return oneLine(`${answeredBy} ${saidWords({ kind, tool }, said as Said)}`, FOOTER_CHARS - 50)
}

/** What a text in a thread answers: the one question that is open there, if it is one and asks one thing. */
export function onlyQuestion(questions: readonly QuestionView[]): QuestionView | null {
  const [first, ...rest] = questions
  return first && rest.length === 0 && first.kind === 'question' && first.parts.length === 1 ? first : null
}

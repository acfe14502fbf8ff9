import type { Db } from '../db/connect.ts'
import { findDelivery, postKey } from '../db/delivery.ts'
import type { Engine } from '../engine/engine.ts'
import { saidWords } from '../engine/said.ts'
import { UserError } from '../errors.ts'
import type { Command, QuestionCommand } from './commands.ts'
import type { Request } from './platform.ts'
import { onlyQuestion } from './question.ts'
import { saidBy } from './said-by.ts'

type Answering = { engine: Pick<Engine, 'question' | 'answer' | 'jobs'>; db: Db; platform: string }

/** Hands a person's word to the engine, and says what became of it. Throws UserErrors. */
export async function answerQuestion(command: QuestionCommand, request: Request, deps: Answering): Promise<string> {
  const [id = ''] = command.id.split('.')
  const person = { ...request, platform: deps.platform }
  const question = await deps.engine.question(id, person)
  if (!question) throw new UserError(`There is no question \`${command.id}\`. \`errand jobs\` lists the jobs.`)
  const said = saidBy(command, question)
  await deps.engine.answer(id, said, person)
  return `You ${saidWords(question, said)}.`
}

/**
 * A text in the thread of a job that has asked one thing is the answer to it; null when it is not. What begins like a
 * command stays one, and an answer has no files: what comes with some is for the job as a whole.
 */
export async function answerInThread(
  command: Command,
  request: Request,
  deps: Answering,
): Promise<QuestionCommand | null> {
  if (request.thread === null || request.files.length > 0 || COMMANDS.includes(command.kind)) return null
  const { jobs } = await deps.engine.jobs({ place: request.place, status: 'waiting', limit: 100 })
  for (const job of jobs) {
    const card = job.ref === null ? await findDelivery(deps.db, postKey(job.id, 'card')) : null
    const threads = job.ref === null ? (JSON.parse(card?.platform_ids ?? '[]') as string[]) : [job.ref]
    const question = threads.includes(request.thread) ? onlyQuestion(job.questions) : null
    if (question) return { kind: 'answer', id: question.id, text: request.text.trim() }
  }
  return null
}

/** Commands that are meant as such wherever they are said; a name of an instruction may well be an answer. */
const COMMANDS: Command['kind'][] = [
  'answer',
  'approve',
  'deny',
  'cancel',
  'status',
  'log',
  'files',
  'jobs',
  'help',
  'login',
]

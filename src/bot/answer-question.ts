import type { Db } from '../db/connect.ts'
import { jobAtPost } from '../db/delivery.ts'
import type { Engine } from '../engine/engine.ts'
import { saidWords } from '../engine/said.ts'
import { UserError } from '../errors.ts'
import type { Command, QuestionCommand } from './commands.ts'
import type { Request } from './platform.ts'
import { onlyQuestion } from './question.ts'
import { isMeant } from './reply-in-thread.ts'
import { saidBy } from './said-by.ts'

type Answering = { engine: Pick<Engine, 'question' | 'answer' | 'job' | 'jobs'>; db: Db; platform: string }

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
 * What a person writes in the thread of a job that has asked one thing, or in reply to a post of it, is the answer; null
 * when it is not. A command stays one, but a word of one may well be an answer (`retry`); and an answer has no files: what
 * comes with some is for the job as a whole.
 */
export async function answerInThread(
  command: Command,
  { place, thread, repliesTo, files, isWritten, ...request }: Request,
  { engine, db }: Answering,
): Promise<QuestionCommand | null> {
  const post = repliesTo ?? thread
  const text = request.text.trim()
  if (!isWritten || post === null || files.length > 0 || text === '') return null
  if (command.kind !== 'problem' && isMeant(command, text)) return null
  const answered = await jobAtPost(db, post)
  const said = answered === null ? null : await engine.job(answered)
  const { jobs } = await engine.jobs({ place, status: 'waiting', limit: 100 })
  for (const { conversation, ref, questions } of jobs) {
    const isHere = conversation === said?.conversation
    // In a thread that has several conversations a reply to a post says which.
    const isMeantHere = isHere || ((repliesTo === undefined || said === null) && ref !== null && ref === thread)
    const question = isMeantHere ? onlyQuestion(questions) : null
    if (question) return { kind: 'answer', id: question.id, text }
  }
  return null
}

import type { Db } from '../db/connect.ts'
import { findDelivery } from '../db/delivery.ts'
import type { Engine } from '../engine/engine.ts'
import { type Part, partsOf, type Said, saidWords } from '../engine/said.ts'
import { UserError } from '../errors.ts'
import type { Command, QuestionCommand } from './commands.ts'
import type { Request } from './platform.ts'
import { onlyQuestion } from './question.ts'
import { readValues, unquoted } from './quotes.ts'
import { postKey } from './thread.ts'

type Answering = { engine: Pick<Engine, 'question' | 'answer' | 'jobs'>; db: Db; platform: string }

/** Hands a person's word to the engine, and says what became of it. Throws UserErrors. */
export async function answerQuestion(command: QuestionCommand, request: Request, deps: Answering): Promise<string> {
  const [id = '', part] = command.id.split('.')
  const question = await deps.engine.question(id)
  if (!question) throw new UserError(`There is no question \`${command.id}\`. \`errand jobs\` lists the jobs.`)
  const said = saidBy(command, question, part)
  await deps.engine.answer(id, said, { ...request, platform: deps.platform })
  return `You ${saidWords(question, said)}.`
}

function saidBy(command: QuestionCommand, question: Parameters<typeof partsOf>[0], part: string | undefined): Said {
  switch (command.kind) {
    case 'approve': {
      const input = command.input === undefined ? undefined : { ...question.input, command: command.input }
      return { decision: command.forJob ? 'approve-for-job' : 'approve', input }
    }
    case 'deny':
      return { decision: 'deny', reason: command.reason }
    case 'answer': {
      const parts = partsOf(question)
      const asked = parts[part === undefined ? 0 : Number(part) - 1]
      if (!asked) throw new UserError('This asks for leave: `errand approve <id>` or `errand deny <id>`.')
      if (part === undefined && parts.length > 1)
        throw new UserError(`It asks ${parts.length} things: answer each by its own number, as \`${command.id}.1\`.`)
      return { answers: { [asked.question]: answerTo(asked, command.text) } }
    }
  }
}

/** Several options where several may be chosen, else the text; options are handed in as words. */
function answerTo({ multiSelect, options }: Part, text: string): string {
  const words = multiSelect ? readValues(text) : null
  const labels = options.map(({ label }) => label)
  return words?.every(word => labels.includes(word)) ? words.join(', ') : unquoted(text)
}

/**
 * A text in the thread of a job that has asked one thing is the answer to it; null when it is not. What begins like a
 * command stays one.
 */
export async function answerInThread(
  command: Command,
  request: Request,
  deps: Answering,
): Promise<QuestionCommand | null> {
  if (request.thread === null || COMMANDS.includes(command.kind)) return null
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
const COMMANDS: Command['kind'][] = ['answer', 'approve', 'deny', 'cancel', 'status', 'log', 'files', 'jobs', 'help']

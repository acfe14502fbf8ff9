import { artifactsOfJobs } from '../db/artifact.ts'
import type { Db } from '../db/connect.ts'
import { saidInto } from '../db/event.ts'
import { type JobRow, jobsOfConversation } from '../db/job.ts'
import { questionsOf } from '../db/question.ts'
import { UserError } from '../errors.ts'
import { cut } from '../words.ts'
import { frozenInstruction } from './claim.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instructions } from './instructions/instruction.ts'
import { buildPrompt } from './instructions/prompt.ts'
import { type Said, saidWords } from './said.ts'

/** What is said of a follow-up whose session is gone. */
export const REBUILT = 'The earlier session is gone, so I went on from what was said in this conversation.'

/** A text of the past is cut here, and the oldest jobs are left out beyond as much in all. */
const TEXT_CHARS = 20_000
const ALL_CHARS = 150_000

const HEAD =
  'This goes on with an earlier conversation, whose record is lost. These are its texts; what it delivered lies in your folder.'

/** The conversation before a job, as text for an agent that remembers nothing of it. */
export async function pastOf(
  db: Db,
  { conversation, turn }: Pick<JobRow, 'conversation' | 'turn'>,
  instructions: Instructions,
): Promise<string> {
  const earlier = (await jobsOfConversation(db, conversation)).filter(job => job.turn < turn)
  const jobs = earlier.filter(({ said_into }) => said_into === null) // the job that heard it tells it
  const files = await artifactsOfJobs(db, jobs)
  const texts: string[] = []
  let room = ALL_CHARS
  for (const job of jobs.toReversed()) {
    const names = (files.get(job.id) ?? []).map(({ path }) => path)
    const text = await textOf(db, job, names, instructions)
    room -= text.length
    if (room < 0) break
    texts.unshift(text)
  }
  return [HEAD, ...texts, '--- Now:'].join('\n\n')
}

async function textOf(db: Db, job: JobRow, files: readonly string[], instructions: Instructions): Promise<string> {
  const { id, reply, result, message, status } = job
  const asked = reply ?? (await requestOf(db, job, instructions))
  const said = await saidInto(db, id, 1)
  const questions = (await questionsOf(db, id)).filter(({ state }) => state === 'answered')
  return [
    `--- ${job.actor_name} asked:\n${cut(asked, TEXT_CHARS)}`,
    ...said.map(words => cut(words, TEXT_CHARS)),
    ...questions.map(asked => `You asked: ${asked.text}\n${asked.answeredBy} ${saidWords(asked, asked.said as Said)}.`),
    result === null
      ? `This ended as ${status}${message ? `: ${message}` : ''}`
      : `You answered:\n${cut(result, TEXT_CHARS)}`,
    ...(files.length > 0 ? [`You delivered: ${files.join(', ')}`] : []),
  ].join('\n\n')
}

async function requestOf(db: Db, job: JobRow, instructions: Instructions): Promise<string> {
  try {
    return buildPrompt(await frozenInstruction(db, job, instructions), JSON.parse(job.inputs) as KeptValues)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return `${job.instruction}: ${job.title}` // its version loads no more; the rest was said all the same
  }
}

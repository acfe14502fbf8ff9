import { z } from 'zod'
import { question as questionSchema } from '../admin/api/schemas.ts'
import type { QuestionCommand } from '../bot/commands.ts'
import { quoteValue } from '../bot/quotes.ts'
import { saidBy } from '../bot/said-by.ts'
import { saidWords } from '../engine/said.ts'
import { posting } from './client.ts'
import { jobPath, readJob } from './job.ts'
import type { Remote, Verb } from './verb.ts'

const askedSchema = questionSchema.extend({ job: z.string() })

export const answer: Verb = {
  name: 'answer',
  args: '<question> <words...>',
  about: 'answers what a job asks; behind the id of one of several questions stands its number, as in 7h3k9m2p.2',
  options: [],
  act: (remote, [id = '', ...words]) => say(remote, { kind: 'answer', id, text: asTyped(words) }),
}

export const approve: Verb = {
  name: 'approve',
  args: '<question> [command...]',
  about: 'lets a job go on with what it asks leave for, or with this command in its place',
  options: [['--job', 'and with every further call of that tool in this job']],
  act: (remote, [id = '', ...words], { job }) => {
    const input = words.join(' ')
    return say(remote, { kind: 'approve', id, forJob: job === true, ...(input && { input }) })
  },
}

export const deny: Verb = {
  name: 'deny',
  args: '<question> [reason...]',
  about: 'refuses what a job asks leave for; of a plan, says what is to be changed',
  options: [],
  act: (remote, [id = '', ...words]) => {
    const reason = words.join(' ')
    return say(remote, { kind: 'deny', id, ...(reason && { reason }) })
  },
}

/** The words of a command line as the chat has them: one alone is the answer, several may each name an option. */
const asTyped = (words: readonly string[]): string =>
  words.length === 1 ? (words[0] ?? '') : words.map(quoteValue).join(' ')

async function say({ client, say }: Remote, command: QuestionCommand): Promise<0> {
  const [id = ''] = command.id.split('.')
  const { value: question } = await client.read(`/api/questions/${encodeURIComponent(id)}`, askedSchema)
  const said = saidBy(command, question)
  await readJob(client, `${jobPath(question.job)}/answer`, posting({ questionId: id, ...said }))
  say(`You ${saidWords(question, said)}.`)
  return 0
}

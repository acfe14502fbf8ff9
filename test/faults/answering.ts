import { deepEqual, equal, ok } from 'node:assert/strict'
import { questionsOf } from '../../src/db/question.ts'
import type { Said } from '../../src/engine/said.ts'
import type { QuestionView } from '../../src/engine/view.ts'
import { UserError } from '../../src/errors.ts'
import { ADMIN_ROLE, type JobEvent } from '../../src/job.ts'
import type { Site } from '../support/server.ts'
import { ANN } from '../support/world.ts'

const WHOEVER = { ...ANN, roles: [ADMIN_ROLE] }

/** Asks for a colour, as the CLI's own tool takes it. */
export const COLOUR = {
  questions: [
    {
      ...{ question: 'Which colour?', header: 'Colour', multiSelect: false },
      options: ['Red', 'Blue'].map(label => ({ label, description: label })),
    },
  ],
}

/** Answers this share of what jobs ask, now and then by two people at once. */
export async function answerSome(site: Site, random: () => number, share: number): Promise<void> {
  const { jobs } = await site.engine.jobs({ status: 'waiting', limit: 100 })
  for (const question of jobs.flatMap(({ questions }) => questions)) {
    if (random() > share) continue
    const people = random() < 0.2 ? 2 : 1
    const said = Array.from({ length: people }, () =>
      site.engine.answer(question.id, anyWord(question, random), WHOEVER),
    )
    const ends = await Promise.allSettled(said)
    ok(ends.filter(({ status }) => status === 'fulfilled').length <= 1, `two answers of ${question.id} were taken`)
    for (const end of ends) if (end.status === 'rejected' && !(end.reason instanceof UserError)) throw end.reason
  }
}

function anyWord({ kind, input }: QuestionView, random: () => number): Said {
  if (kind === 'question') return { answers: { 'Which colour?': random() < 0.5 ? 'Red' : 'Blue' } }
  const at = random()
  if (at < 0.3) return { decision: 'deny', reason: 'not now' }
  if (at < 0.5) return { decision: 'approve-for-job' }
  return at < 0.7 ? { decision: 'approve', input: { ...input, command: 'echo changed' } } : { decision: 'approve' }
}

/**
 * Every question of a job that is over is closed, was answered once, and the agent got what a person said. Gives how
 * many there are.
 */
export async function expectAnswered(site: Site, id: string, events: readonly JobEvent[]): Promise<number> {
  const questions = await questionsOf(site.db, id)
  for (const { id: question, state } of questions) {
    ok(state !== 'open', `${question} of ${id} is still open`)
    const audit = await site.db.selectFrom('audit').select('id').where('target', '=', `question:${question}`).execute()
    const told = events.filter(event => event.kind === 'answer' && event.id === question)
    const times = state === 'answered' ? 1 : 0
    deepEqual([audit.length, told.length], [times, times], `answers of ${question} of ${id}`)
    equal(events.filter(event => event.kind === 'question' && event.id === question).length, 1)
  }
  const words = questions.flatMap(({ tool, input, said }) => {
    const word = said as Extract<Said, { decision: string }> | null
    return tool === 'Bash' && word && word.decision !== 'deny' ? [{ ...word, runs: (word.input ?? input).command }] : []
  })
  if (words.some(({ decision }) => decision === 'approve-for-job')) return questions.length // everything runs then
  for (const { kind, text } of events) {
    if (kind !== 'text' || !text.startsWith('{"behavior":"allow"')) continue
    const { updatedInput } = JSON.parse(text) as { updatedInput: { command?: string } }
    const { command } = updatedInput
    if (command)
      ok(
        words.some(({ runs }) => runs === command),
        `${id} was given leave for ${text}`,
      )
  }
  return questions.length
}

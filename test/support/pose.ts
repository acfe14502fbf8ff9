import { moveJob } from '../../src/db/job.ts'
import { insertQuestion } from '../../src/db/question.ts'
import type { QuestionKind } from '../../src/job.ts'
import type { Visitor } from './visitor.ts'

/** Lets a running job ask, as if its agent had. */
export async function pose(
  { world, say }: Visitor,
  job: string,
  question: { id: string; kind: QuestionKind; tool: string; input: Record<string, unknown>; text: string },
): Promise<void> {
  const now = Date.now()
  const at = (ms: number) => new Date(now + ms).toISOString()
  const times = { at: at(0), remindAt: at(3_600_000), expiresAt: at(7_200_000) }
  await insertQuestion(world.db, { ...question, job, attempt: 1, toolUseId: 't1', ...times })
  await moveJob(world.db, job, 'running', 'waiting')
  await say(job, { kind: 'question', id: question.id, text: question.text })
}

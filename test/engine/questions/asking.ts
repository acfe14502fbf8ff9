import { resolve } from 'node:path'
import type { Reply, Script, Turn } from '../../../src/demo/conversation.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { JobView, QuestionView } from '../../../src/engine/view.ts'
import { until } from '../../support/world.ts'

export const call = (name: string, input: Record<string, unknown>): Reply => ({ text: '', tools: [{ name, input }] })

export const COLOURS = {
  questions: [
    {
      question: 'Which colour?',
      header: 'Colour',
      multiSelect: false,
      options: [
        { label: 'Red', description: 'The loud one' },
        { label: 'Blue', description: 'The calm one' },
      ],
    },
  ],
}

/** Where the CLI proves nothing more: a program that makes this call once and then is done. */
export const calling = (tool: string, input: Record<string, unknown>, keys = '') => ({
  instructions: {
    run: `---\ndescription: Run\n${keys}---\nDO ${JSON.stringify([
      ['ask', ['toolu_1', tool, input]],
      ['result', 'done'],
    ])}`,
  },
  bin: resolve('test/fixtures/claude-fixture.mjs'),
})

/** A model that says these in turn, by how often it has spoken since the request; what it got is kept in `heard`. */
export function replying(...replies: Reply[]): { script: Script; heard: () => string; calls: () => number } {
  const got: Turn[][] = []
  return {
    script: turns => {
      got.push(turns)
      return replies[Math.min(got.length, replies.length) - 1] as Reply
    },
    heard: () => (got.at(-1) ?? []).map(({ role, text }) => `${role}: ${text}`).join('\n'),
    calls: () => got.length,
  }
}

/** The one question that a job waits with. */
export async function questionOf(engine: Engine, id: string): Promise<QuestionView> {
  await until(engine, id, ({ kind, status, id: question }) => kind === 'status' && status === 'waiting' && !question)
  return await openQuestion(engine, id)
}

export async function openQuestion(engine: Engine, id: string): Promise<QuestionView> {
  const question = (await jobOf(engine, id)).questions[0]
  if (!question) throw new Error(`job ${id} asks nothing`)
  return question
}

export async function jobOf(engine: Engine, id: string): Promise<JobView> {
  const job = await engine.job(id)
  if (!job) throw new Error(`job ${id} is gone`)
  return job
}

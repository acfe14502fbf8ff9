import { expect, onTestFinished, test, vi } from 'vitest'
import type { Script } from '../../src/demo/conversation.ts'
import { startScriptedModel } from '../../src/demo/model.ts'
import { eventually } from '../support/eventually.ts'
import { makeSite } from '../support/server.ts'
import { expectSound } from '../support/sound.ts'
import { ANN } from '../support/world.ts'

const QUESTION = { question: 'Which colour?', header: 'Colour', multiSelect: false }
const options = ['Red', 'Blue'].map(label => ({ label, description: label }))
const input = { questions: [{ ...QUESTION, options }] }

/** Asks for a colour until it is told one. */
const script: Script = conversation => {
  const colour = /(?:answer is |=)"(\w+)"/.exec(conversation.map(({ text }) => text).join('\n'))?.[1]
  return colour ? { text: `It is ${colour}.` } : { text: '', tools: [{ name: 'AskUserQuestion', input }] }
}

/** The one is answered before anybody has seen the crash, the other one after. */
const KILLED_AFTER_MS = [0, 100]

test('an answer finds its job, whenever behind the question the server was killed', async () => {
  const model = await startScriptedModel(script, 0)
  onTestFinished(() => model.stop())
  const env = { ANTHROPIC_API_KEY: 'sk-ant-of-this-test', ANTHROPIC_BASE_URL: model.url }
  await using site = await makeSite({ ask: '---\ndescription: Ask\n---\nGo' }, env)
  let server = await site.start()
  for (const ms of KILLED_AFTER_MS) {
    const { id } = await site.engine.submit({ instruction: 'ask', inputs: {}, origin: ANN })
    const question = await vi.waitFor(
      async () => {
        const [asked] = (await site.engine.job(id))?.questions ?? []
        if (!asked) throw new Error('it has not asked yet')
        return asked
      },
      { timeout: 30_000, interval: 2 },
    )
    await new Promise(resolve => setTimeout(resolve, ms))
    await server.kill('SIGKILL')
    expect((await site.engine.job(id))?.status).toBe('waiting')

    const answer = () => site.engine.answer(question.id, { answers: { 'Which colour?': 'Blue' } }, ANN)
    if (ms === 0) await answer()
    server = await site.start()
    if (ms > 0) await answer()
    const { job, events } = await expectSound(site, id)
    expect(job).toMatchObject({ status: 'succeeded', result: 'It is Blue.', attempt: 2 })
    expect(events.filter(({ kind }) => kind === 'question')).toHaveLength(1)
  }

  // An agent that dies while it waits leaves no clock behind that would keep the server's process.
  const { id } = await site.engine.submit({ instruction: 'ask', inputs: {}, origin: ANN })
  await eventually(async () => expect((await site.engine.job(id))?.questions).toHaveLength(1))
  const asking = site.db.selectFrom('attempt').select('pid').where('job', '=', id)
  process.kill(Number((await asking.executeTakeFirstOrThrow()).pid), 'SIGKILL')
  expect((await expectSound(site, id)).job).toMatchObject({ status: 'failed', failure: 'agent_error' })
  expect(await server.kill('SIGTERM')).toBe(0)
})

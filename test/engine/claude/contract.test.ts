import { resolve } from 'node:path'
import { describe } from 'vitest'
import type { Script } from '../../../src/demo/conversation.ts'
import { startScriptedModel } from '../../../src/demo/model.ts'
import { createClaude } from '../../../src/engine/claude/claude.ts'
import { NO_SANDBOX, type Sandboxes } from '../../../src/sandbox.ts'
import { type AgentWorld, agentContract, type Scenario } from '../../contracts/agent.ts'
import { accountAt } from '../../support/world.ts'
import { because, REASON_TO_SKIP } from './sandbox/here.ts'

const PATH = process.env.PATH ?? ''

/** The real model's part; "fails" is a server that nobody is logged in to. */
const SCRIPTS: Record<Exclude<Scenario, 'fails'>, Script> = {
  'answers "done"': () => ({ text: 'done' }),
  'writes a.md': turns =>
    turns.some(({ role }) => role === 'tool')
      ? { text: 'done' }
      : { text: '', tools: [{ name: 'Write', input: { file_path: 'a.md', content: 'a' } }] },
  'never ends': turns => ({
    text: 'again',
    tools: [{ name: 'Write', input: { file_path: `${turns.length}.md`, content: 'a' } }],
  }),
}

/** What the tests do with the CLI is to be the same in each sandbox. */
const realCli =
  (sandbox: Sandboxes) =>
  async (scenario: Scenario): Promise<AgentWorld> => {
    const cli = { bin: null, model: null, env: { PATH }, sandbox }
    if (scenario === 'fails') return { agent: createClaude({ ...cli, account: null }), prompt: 'Go' }
    const model = await startScriptedModel(SCRIPTS[scenario], 0)
    return { agent: createClaude({ ...cli, account: accountAt(model.url) }), prompt: 'Go', stop: model.stop }
  }

agentContract('the real CLI', realCli(NO_SANDBOX))

const { bwrap: reason } = REASON_TO_SKIP
describe.skipIf(reason !== null)(`in bubblewrap${because(reason)}`, () => {
  const faults = { bwrap: null, cli: null }
  agentContract('the real CLI', realCli({ inForce: 'bwrap', faults, needsNetwork: false, hidden: [] }))
})

const write = { type: 'tool_use', id: 't1', name: 'Write', input: { file_path: 'a.md', content: 'a' } }
const written = { type: 'tool_result', tool_use_id: 't1', content: 'done' }
const STEPS: Record<Scenario, [verb: string, argument?: unknown][]> = {
  'answers "done"': [['result', 'done']],
  'writes a.md': [
    ['line', { type: 'assistant', message: { content: [write] } }],
    ['line', { type: 'user', message: { content: [written] } }],
    ['result', 'done'],
  ],
  fails: [['fail', { result: 'Not logged in · Please run /login' }]],
  'never ends': [['say', 'here'], ['hang']],
}

agentContract('the fixture program', async scenario => ({
  agent: createClaude({
    ...{ bin: resolve('test/fixtures/claude-fixture.mjs'), model: null },
    ...{ env: { PATH }, account: null, sandbox: NO_SANDBOX },
  }),
  prompt: `DO ${JSON.stringify(STEPS[scenario])}`,
}))

import { describe, expect, test } from 'vitest'
import { createControl, opening } from '../../../src/engine/claude/control.ts'
import { parseMessage } from '../../../src/engine/claude/messages.ts'
import { taskOf } from './task.ts'

/** The answer to a request as the CLI sends it. */
function answerTo(request: object, task = taskOf(), withdrawn = new AbortController().signal) {
  const message = parseMessage(JSON.stringify({ type: 'control_request', request_id: 'r1', request }))
  if (message?.kind !== 'control') throw new Error('no request')
  return createControl(task, () => '', new AbortController().signal)(message.requestId, message.request, withdrawn)
}
const success = (response: object) => ({
  type: 'control_response',
  response: { subtype: 'success', request_id: 'r1', response },
})
const denied = (permissionDecisionReason: string) =>
  success({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason } })

describe('the opening', () => {
  test('registers a hook that sees every tool call, and then says the prompt', async () => {
    expect(opening(taskOf())).toEqual([
      {
        type: 'control_request',
        request_id: 'initialize',
        request: { subtype: 'initialize', hooks: { PreToolUse: [{ hookCallbackIds: ['errand-pre-tool-use'] }] } },
      },
      { type: 'user', message: { role: 'user', content: 'Write about tyres' }, parent_tool_use_id: null },
    ])
  })

  test("a prompt is never a command of the CLI's own", async () => {
    expect(opening(taskOf({ prompt: '/compact' }))[1]).toMatchObject({ message: { content: ' /compact' } })
  })
})

describe('the hook', () => {
  const hook = (tool_name: string, tool_input: unknown) => ({
    subtype: 'hook_callback',
    input: { tool_name, tool_input },
  })

  test("leaves a call that is allowed to the CLI's own rules", async () => {
    expect(await answerTo(hook('Read', { file_path: 'notes.md' }))).toEqual(success({}))
  })

  test('says no with the reason', async () => {
    expect(await answerTo(hook('Bash', { command: 'ls' }))).toEqual(denied('This instruction does not allow Bash.'))
  })

  test('says no to a call that it cannot read, since the CLI takes an error for consent', async () => {
    for (const request of [{ subtype: 'hook_callback' }, { subtype: 'hook_callback', input: { tool_name: 7 } }])
      expect(await answerTo(request)).toEqual(denied('This call could not be checked.'))
  })
})

describe('a call that the CLI would ask about', () => {
  const ask = (tool_name: string, input: object) => ({
    subtype: 'can_use_tool',
    tool_use_id: 'toolu_1',
    tool_name,
    input,
  })

  test('runs with its own input where the instruction allows it', async () => {
    const input = { command: 'python3 -c "print(1)"' }
    expect(await answerTo(ask('Bash', input), taskOf({ allowedTools: ['Bash'] }))).toEqual(
      success({ behavior: 'allow', updatedInput: input }),
    )
  })

  test('is denied with the reason where it does not', async () => {
    expect(await answerTo(ask('Read', { file_path: '/etc/passwd' }))).toEqual(
      success({
        behavior: 'deny',
        message: '/etc/passwd is outside the workspace; only files inside it may be used.',
      }),
    )
  })
})

test('a request of another kind is answered as an error: the CLI waits without a limit', async () => {
  for (const subtype of ['elicitation', 'mcp_message', 'can_use_tool'])
    expect(await answerTo({ subtype })).toEqual({
      type: 'control_response',
      response: { subtype: 'error', request_id: 'r1', error: `${subtype} is not supported` },
    })
})

import type { AgentAnswer, Task } from '../agent.ts'
import type { ControlRequest } from './messages.ts'
import { decide } from './permission.ts'
import { readPlan } from './plan.ts'
import { describeTool, questionText } from './steps.ts'
import { untilWritten } from './transcript.ts'

/** The id of the hook that we register; the CLI names it in each callback. */
const HOOK = 'errand-pre-tool-use'

/** What is written when the CLI starts: the handshake with the hook that sees every tool call, and the one message. */
export const opening = (task: Task): object[] => [
  {
    type: 'control_request',
    request_id: 'initialize',
    request: { subtype: 'initialize', hooks: { PreToolUse: [{ hookCallbackIds: [HOOK] }] } },
  },
  userMessage(task.prompt),
]

/** What a person says; while a turn goes on, the CLI puts it in at its next step. */
export const userMessage = (text: string): object => ({
  type: 'user',
  message: { role: 'user', content: asText(text) },
  parent_tool_use_id: null,
})

// The CLI takes a message that begins with "/" for a command of its own, whatever its flags say; a space is enough.
const asText = (prompt: string): string => (prompt.startsWith('/') ? ` ${prompt}` : prompt)

/** The answer to a request of the CLI; null when nothing is to be said: the run ends, or the request is withdrawn. */
export type Control = (requestId: string, request: ControlRequest, withdrawn: AbortSignal) => Promise<object | null>

/**
 * Answers the requests of one run. The hook comes for every call and says no, or that a person is asked; what it
 * leaves open comes again as `can_use_tool`, and that one waits for the person. A request of an unknown kind is
 * answered as an error, since the CLI waits for answers without a limit; but for a hook, where the CLI takes an error
 * for consent. `lastText` is what the agent wrote last: its plan, where it put none into a file.
 */
export function createControl(task: Task, lastText: () => string, signal: AbortSignal): Control {
  let planning = task.plan
  const ask = async (request: Permission, decision: Asked, withdrawn: AbortSignal): Promise<AgentAnswer | null> => {
    const { tool_use_id: toolUseId, tool_name: tool, input } = request
    const over = AbortSignal.any([signal, withdrawn])
    await untilWritten(task, toolUseId, over)
    if (over.aborted) return null
    const { kind } = decision
    const text = async () => {
      if (kind === 'plan') return (await readPlan(task)) ?? lastText()
      return kind === 'question' ? questionText(input) : describeTool(tool, input, task.workspace)
    }
    const answer = await task.ask({ toolUseId, kind, tool, input, text: await text() }, withdrawn)
    if (decision.kind === 'plan' && answer?.allow) planning = false
    return answer && withinBounds(task, tool, answer)
  }
  return async (requestId, request, withdrawn) => {
    if (isHook(request)) {
      const { tool_name: tool, tool_input: input, cwd } = request.input
      const decision = decide(task, tool, input, { planning, cwd })
      if (decision.allow === 'asked') return success(requestId, decidedByHook('ask', 'A person is asked.'))
      return success(requestId, decision.allow ? {} : decidedByHook('deny', decision.why))
    }
    if (isPermission(request)) {
      const { tool_name: tool, input } = request
      const decision = decide(task, tool, input, { planning })
      const answer =
        decision.allow === 'asked'
          ? await ask(request, decision, withdrawn)
          : decision.allow
            ? { ...decision, input }
            : decision
      return answer && success(requestId, permissionOfAnswer(answer))
    }
    if (request.subtype === 'hook_callback')
      return success(requestId, decidedByHook('deny', 'This call could not be checked.'))
    const error = `${request.subtype} is not supported`
    return { type: 'control_response', response: { subtype: 'error', request_id: requestId, error } }
  }
}

type Asked = Extract<ReturnType<typeof decide>, { allow: 'asked' }>
type Permission = Extract<ControlRequest, { tool_name: string }>
type Hook = Exclude<ControlRequest, Permission | { unknown: true }>
const isPermission = (request: ControlRequest): request is Permission =>
  request.subtype === 'can_use_tool' && !('unknown' in request)
const isHook = (request: ControlRequest): request is Hook =>
  request.subtype === 'hook_callback' && !('unknown' in request)

/** An input that a person changed is held to the same bounds. */
function withinBounds(task: Task, tool: string, answer: AgentAnswer): AgentAnswer {
  const decision = answer.allow ? decide(task, tool, answer.input) : null
  return decision && decision.allow === false ? decision : answer
}

// Suggested rules are never sent back: the CLI would write them into the workspace, for every later call.
const permissionOfAnswer = (answer: AgentAnswer): object =>
  answer.allow ? { behavior: 'allow', updatedInput: answer.input } : { behavior: 'deny', message: answer.why }

const success = (requestId: string, response: object) => ({
  type: 'control_response',
  response: { subtype: 'success', request_id: requestId, response },
})

const decidedByHook = (permissionDecision: 'ask' | 'deny', permissionDecisionReason: string) => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
})

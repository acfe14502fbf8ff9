import type { Task } from '../agent.ts'
import type { ControlRequest } from './messages.ts'
import { decide } from './permission.ts'

/** The id of the hook that we register; the CLI names it in each callback. */
const HOOK = 'errand-pre-tool-use'

/** What is written when the CLI starts: the handshake with the hook that sees every tool call, and the one message. */
export const opening = (task: Task): object[] => [
  {
    type: 'control_request',
    request_id: 'initialize',
    request: { subtype: 'initialize', hooks: { PreToolUse: [{ hookCallbackIds: [HOOK] }] } },
  },
  { type: 'user', message: { role: 'user', content: asText(task.prompt) }, parent_tool_use_id: null },
]

// The CLI takes a message that begins with "/" for a command of its own, whatever its flags say; a space is enough.
const asText = (prompt: string): string => (prompt.startsWith('/') ? ` ${prompt}` : prompt)

/**
 * The answer to a request of the CLI. The hook comes for every call and only says no; what it leaves open comes again
 * as `can_use_tool` when the CLI's own rules would ask. A request of an unknown kind is answered as an error, since
 * the CLI waits for answers without a limit; but for a hook, where the CLI takes an error for consent.
 */
export function answerControl(task: Task, requestId: string, request: ControlRequest): object {
  if (isHook(request)) {
    const decision = decide(task, request.input.tool_name, request.input.tool_input)
    return success(requestId, decision.allow ? {} : deniedByHook(decision.why))
  }
  if (isPermission(request)) {
    const decision = decide(task, request.tool_name, request.input)
    return success(
      requestId,
      decision.allow ? { behavior: 'allow', updatedInput: request.input } : { behavior: 'deny', message: decision.why },
    )
  }
  if (request.subtype === 'hook_callback') return success(requestId, deniedByHook('This call could not be checked.'))
  const error = `${request.subtype} is not supported`
  return { type: 'control_response', response: { subtype: 'error', request_id: requestId, error } }
}

type Permission = Extract<ControlRequest, { tool_name: string }>
type Hook = Exclude<ControlRequest, Permission | { unknown: true }>
const isPermission = (request: ControlRequest): request is Permission =>
  request.subtype === 'can_use_tool' && !('unknown' in request)
const isHook = (request: ControlRequest): request is Hook =>
  request.subtype === 'hook_callback' && !('unknown' in request)

const success = (requestId: string, response: object) => ({
  type: 'control_response',
  response: { subtype: 'success', request_id: requestId, response },
})

const deniedByHook = (why: string) => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: why },
})

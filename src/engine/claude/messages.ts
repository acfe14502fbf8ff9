import { z } from 'zod'

/**
 * The lines of the CLI's stdout that mean something here. The CLI adds types and fields freely, so schemas are loose
 * and everything else is `other`. Measured on CLI 2.1.329.
 */
export type Message =
  /** `parent` is the tool call of the sub-agent that says it; null: the agent itself. */
  | { kind: 'blocks'; from: 'assistant' | 'user'; blocks: Block[]; apiError: boolean; parent: string | null }
  | { kind: 'result'; result: ResultLine }
  | { kind: 'control'; requestId: string; request: ControlRequest }
  /** An earlier request needs no answer any more. */
  | { kind: 'withdrawn'; requestId: string }
  | { kind: 'retry'; retry: RetryLine }
  /** A turn begins: the first one, or one more that a background task has brought about. */
  | { kind: 'turn' }
  /** How many background tasks go on; the process is not done while there are any. */
  | { kind: 'tasks'; running: number }
  /** The clock of a running tool: it goes on while the tool hangs, so it is no sign of life. */
  | { kind: 'heartbeat' }
  /** More of the text that the agent itself is writing; null: another message begins. */
  | { kind: 'draft'; text: string | null }
  /** The account's usage window is used up until then; null: nobody said. */
  | { kind: 'window'; resetsAt: Date | null }
  /** A known line that says only that the CLI lives. */
  | { kind: 'alive' }
  | { kind: 'other' }

/** Reads one line. A line that is no JSON object gives null. */
export function parseMessage(line: string): Message | null {
  const json = readJson(line)
  if (!json) return null
  switch (json.type) {
    case 'assistant':
    case 'user':
      return conversation(json.type, json)
    case 'result':
      return read(resultLine, json, result => ({ kind: 'result', result }))
    case 'control_request':
      return read(controlLine, json, ({ request_id, request }) => ({ kind: 'control', requestId: request_id, request }))
    case 'control_cancel_request':
      return read(withdrawal, json, ({ request_id }) => ({ kind: 'withdrawn', requestId: request_id }))
    case 'system':
      return system(json)
    case 'tool_progress':
      return { kind: 'heartbeat' }
    case 'stream_event':
      return draftOf(json)
    case 'rate_limit_event':
      return windowOf(json)
    case 'tool_use_summary':
    case 'control_response':
    case 'command_lifecycle':
    case 'conversation_reset':
    case 'prompt_suggestion':
    case 'auth_status':
    case 'active_goal':
    case 'keep_alive':
      return { kind: 'alive' }
    default:
      return { kind: 'other' }
  }
}

const text = z.looseObject({ type: z.literal('text'), text: z.string() })
const thinking = z.looseObject({ type: z.literal('thinking'), thinking: z.string() })
const toolUse = z.looseObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() })
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.boolean().optional(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]).optional(),
})
const block = z.union([text, thinking, toolUse, toolResult, z.looseObject({ type: z.string() }).transform(() => null)])
export type Block = z.infer<typeof text | typeof thinking | typeof toolUse | typeof toolResult>

const conversationLine = z.object({
  message: z.object({ content: z.union([z.string(), z.array(block)]) }),
  is_api_error_message: z.boolean().optional(),
  parent_tool_use_id: z.string().nullish(),
})

function conversation(from: 'assistant' | 'user', json: object): Message {
  return read(conversationLine, json, line => {
    const { content } = line.message
    // A user line with plain text is the CLI's own note ("[Request interrupted by user]"), not a result.
    const blocks =
      typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content.filter(b => b !== null)
    const apiError = line.is_api_error_message ?? false
    return { kind: 'blocks', from, blocks, apiError, parent: line.parent_tool_use_id ?? null }
  })
}

const modelUsage = z.object({
  inputTokens: z.number().default(0),
  outputTokens: z.number().default(0),
  cacheReadInputTokens: z.number().default(0),
  cacheCreationInputTokens: z.number().default(0),
})
/** The end of a turn. `is_error` decides, never `subtype`, which says "success" of an API failure too. */
const resultLine = z.object({
  is_error: z.boolean(),
  subtype: z.string(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  stop_reason: z.string().nullish(),
  terminal_reason: z.string().nullish(),
  api_error: z.string().nullish(),
  api_error_status: z.number().nullish(),
  total_cost_usd: z.number().default(0),
  modelUsage: z.record(z.string(), modelUsage).default({}),
})
export type ResultLine = z.infer<typeof resultLine>

const canUseTool = z.looseObject({
  subtype: z.literal('can_use_tool'),
  tool_use_id: z.string(),
  tool_name: z.string(),
  input: z.record(z.string(), z.unknown()),
})
const hookCallback = z.looseObject({
  subtype: z.literal('hook_callback'),
  input: z.looseObject({ tool_name: z.string(), tool_input: z.unknown(), cwd: z.string().optional() }),
})
const controlLine = z.object({
  request_id: z.string(),
  request: z.union([
    canUseTool,
    hookCallback,
    z.looseObject({ subtype: z.string() }).transform(r => ({ ...r, unknown: true as const })),
  ]),
})
export type ControlRequest = z.infer<typeof controlLine>['request']

const withdrawal = z.object({ request_id: z.string() })

const retryLine = z.object({
  attempt: z.number(),
  max_retries: z.number(),
  retry_delay_ms: z.number(),
  error_status: z.number().nullish(),
  error: z.string().nullish(),
})
export type RetryLine = z.infer<typeof retryLine>
const tasksLine = z.object({ tasks: z.array(z.unknown()) })

function system(json: Record<string, unknown>): Message {
  switch (json.subtype) {
    case 'api_retry':
      return read(retryLine, json, retry => ({ kind: 'retry', retry }))
    case 'init':
      return { kind: 'turn' }
    case 'background_tasks_changed':
      return read(tasksLine, json, ({ tasks }) => ({ kind: 'tasks', running: tasks.length }))
    default:
      return { kind: 'alive' }
  }
}

const streamLine = z.object({
  parent_tool_use_id: z.string().nullish(),
  event: z.looseObject({
    type: z.string(),
    delta: z.looseObject({ type: z.string().optional(), text: z.string().optional() }).optional(),
  }),
})

const rateLimit = z.object({
  rate_limit_info: z.looseObject({ status: z.string(), resetsAt: z.union([z.number(), z.string()]).nullish() }),
})

/** Told of accounts with a login at every change; only a refusal is news. */
function windowOf(json: object): Message {
  const info = rateLimit.safeParse(json).data?.rate_limit_info
  if (info?.status !== 'rejected') return { kind: 'alive' }
  const { resetsAt } = info
  const time = typeof resetsAt === 'number' ? new Date(resetsAt * 1000) : new Date(resetsAt ?? Number.NaN)
  return { kind: 'window', resetsAt: Number.isNaN(time.getTime()) ? null : time }
}

/** Half a text that a cut connection takes back is begun anew by `message_start`. */
function draftOf(json: object): Message {
  const line = streamLine.safeParse(json).data
  if (!line || line.parent_tool_use_id) return { kind: 'alive' }
  if (line.event.type === 'message_start') return { kind: 'draft', text: null }
  const text = line.event.delta?.type === 'text_delta' ? line.event.delta.text : undefined
  return text === undefined ? { kind: 'alive' } : { kind: 'draft', text }
}

/** A known type in a shape that is not known is treated like an unknown type: kept, and never the end of a run. */
function read<T>(schema: z.ZodType<T>, json: object, make: (value: T) => Message): Message {
  const parsed = schema.safeParse(json)
  return parsed.success ? make(parsed.data) : { kind: 'other' }
}

function readJson(line: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(line)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : null
  } catch {
    return null
  }
}

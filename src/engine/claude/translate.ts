import type { EventBody, Usage } from '../../job.ts'
import { capEvent } from './cap.ts'
import type { Block, Message, ResultLine, RetryLine } from './messages.ts'
import { checklistOf, describeTool } from './steps.ts'

/** The log lines that a message makes; none for those that only say that the CLI lives. */
export function translate(message: Message, workspace: string): EventBody[] {
  switch (message.kind) {
    case 'blocks':
      // Texts from the user's side are the CLI's notes to its model, not anybody's words.
      return message.blocks
        .filter(block => message.from === 'assistant' || block.type === 'tool_result')
        .flatMap(block => blockEvents(block, message.apiError, workspace))
        .map(event => capEvent(message.parent === null ? event : { ...event, parent: message.parent }))
    case 'retry':
      return [{ kind: 'retry', text: describeRetry(message.retry) }]
    default:
      return []
  }
}

function blockEvents(block: Block, apiError: boolean, workspace: string): EventBody[] {
  switch (block.type) {
    case 'text':
      return block.text.trim() ? [{ kind: apiError ? 'error' : 'text', text: block.text }] : []
    case 'thinking':
      return block.thinking.trim() ? [{ kind: 'thinking', text: block.thinking }] : []
    case 'tool_use': {
      const { id, name, input } = block
      const steps = checklistOf(name, input)
      const event = { kind: 'tool_use' as const, text: describeTool(name, input, workspace), id, tool: name, input }
      return [steps ? { ...event, steps } : event]
    }
    case 'tool_result':
      return [
        {
          kind: 'tool_result',
          text: resultText(block.content),
          id: block.tool_use_id,
          isError: block.is_error ?? false,
        },
      ]
  }
}

type ToolResult = Extract<Block, { type: 'tool_result' }>

const resultText = (content: ToolResult['content']): string =>
  typeof content === 'string' ? content : (content ?? []).map(part => part.text ?? `[${part.type}]`).join('\n')

function describeRetry(retry: RetryLine): string {
  const why = retry.error_status ? `status ${retry.error_status}` : 'no connection'
  const seconds = Math.round(retry.retry_delay_ms / 1000)
  return `Claude did not answer (${why}); try ${retry.attempt} of ${retry.max_retries} again in ${seconds} s`
}

/** Tokens of the session so far, over all models; the CLI counts up across turns and resumes. */
export function usageOf(result: ResultLine): Usage {
  const sum: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
  for (const model of Object.values(result.modelUsage)) {
    sum.inputTokens += model.inputTokens
    sum.outputTokens += model.outputTokens
    sum.cacheReadTokens += model.cacheReadInputTokens
    sum.cacheWriteTokens += model.cacheCreationInputTokens
  }
  return sum
}

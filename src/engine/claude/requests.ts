import type { Control } from './control.ts'
import type { Message } from './messages.ts'
import type { ClaudeProcess } from './process.ts'

/** What the CLI asks of us while it runs. */
export type Requests = {
  answer(message: Extract<Message, { kind: 'control' }>): void
  /** It needs no answer to that any more. */
  withdraw(requestId: string): void
}

/** Answers requests beside the reading of lines: an answer may take days. `onBug` hears of what broke. */
export function answering(control: Control, claude: ClaudeProcess, onBug: (error: unknown) => void): Requests {
  const open = new Map<string, AbortController>()
  return {
    answer: ({ requestId, request }) => {
      const withdrawn = new AbortController()
      open.set(requestId, withdrawn)
      control(requestId, request, withdrawn.signal)
        .then(answer => answer && claude.send(answer))
        .catch(onBug)
        .finally(() => open.delete(requestId))
    },
    withdraw: requestId => open.get(requestId)?.abort(),
  }
}

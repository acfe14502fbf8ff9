import { oneLine } from '../../words.ts'
import type { AgentEnd } from '../agent.ts'
import { BUDGET_REACHED } from '../outcome.ts'
import type { ResultLine, RetryLine } from './messages.ts'

type Failure = Pick<Extract<AgentEnd, { ok: false }>, 'failure' | 'message' | 'sessionGone' | 'hold'>

/** What a failed turn means: our code, and a sentence with its remedy. The first row that fits decides. */
export function explainFailure(result: ResultLine): Failure {
  const said = result.result ?? result.errors?.join(' ') ?? ''
  const row = ROWS.find(([fits]) => fits(result, said))
  if (row) {
    const [fits, failure, message, hold] = row
    return { failure, message, ...(fits === noSession ? { sessionGone: true } : {}), ...(hold && { hold }) }
  }
  const failure = result.terminal_reason === 'api_error' ? 'api_error' : 'agent_error'
  return { failure, message: `Claude stopped with an error: ${firstLine(said) || result.subtype}. ${RETRY}` }
}

/** What a retry means that will not help; null for one that may. The CLI would go on for three minutes. */
export const explainRetry = (retry: RetryLine): Failure | null => (retry.error_status === 401 ? REFUSED : null)

/** What a process means that ended without a result: its exit and the first line of what stderr kept. */
export function explainExit(exit: { code: number | undefined; signal: string | undefined }, stderr: string): Failure {
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit status ${exit.code ?? '?'}`
  const why = firstLine(stderr)
  const message = `The Claude CLI ${how} before it gave a result${why ? `: ${why}` : ''}. ${RETRY}`
  return { failure: 'agent_error', message }
}

const RETRY = 'Run it again; if it stays, look at the log.'

const REFUSED: Failure = {
  failure: 'auth',
  message:
    'Claude refused the account of this server. Correct ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN and restart it, then run it again.',
}

type Fits = (result: ResultLine, said: string) => boolean
const status =
  (...codes: number[]): Fits =>
  result =>
    codes.includes(result.api_error_status ?? 0)

const noSession: Fits = (_, said) => said.startsWith('No conversation found')

// Texts and fields as CLI 2.1.329 prints them for each fault of the API.
const ROWS: [fits: Fits, failure: Failure['failure'], message: string, hold?: 'usage' | 'overload'][] = [
  [
    (_, said) => said.startsWith('Not logged in'),
    'auth',
    'The server has no Claude account. Set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN and restart it, then run it again.',
  ],
  [
    (result, said) => result.api_error_status === 402 || said.includes('Credit balance is too low'),
    'usage_limit',
    'The Claude account is out of credit. Add credit, then run it again.',
  ],
  [status(401, 403), REFUSED.failure, REFUSED.message],
  [result => result.subtype === 'error_max_budget_usd', BUDGET_REACHED.failure, BUDGET_REACHED.message],
  [status(429), 'usage_limit', "Claude's rate limit is reached. Wait some minutes, then run it again.", 'usage'],
  [
    status(404),
    'api_error',
    'Claude does not know the model, or this account may not use it. Correct `model` in the instruction or CLAUDE_MODEL, then run it again.',
  ],
  [
    result => result.terminal_reason === 'prompt_too_long',
    'api_error',
    'The request is too long for the model. Give fewer or shorter files, then run it again.',
  ],
  [
    status(413),
    'api_error',
    'The files of the request are too large for the model. Give fewer or smaller ones, then run it again.',
  ],
  [status(529), 'api_error', 'Claude is overloaded right now. Wait some minutes, then run it again.', 'overload'],
  [
    (result, said) => result.api_error_status === 408 || said.startsWith('Request timed out'),
    'api_error',
    'Claude did not answer in time. Wait some minutes, then run it again.',
  ],
  [
    result => result.stop_reason === 'refusal',
    'api_error',
    "Claude's safeguards declined this request. Reword it, then run it again.",
  ],
  [
    result => result.api_error === 'connection_failed',
    'api_error',
    'The server could not reach Claude. Check its network, then run it again.',
  ],
  [
    result => result.api_error === 'max_output_tokens',
    'api_error',
    "Claude's answer grew longer than the model allows. Ask for less at once, then run it again.",
  ],
  [
    result => (result.api_error_status ?? 0) >= 500,
    'api_error',
    'Claude had a fault of its own. Wait some minutes, then run it again.',
  ],
  [
    result => result.terminal_reason === 'api_error' && (result.api_error_status ?? 0) >= 400,
    'api_error',
    'Claude rejected the request. The log has its words; correct the instruction, then run it again.',
  ],
  [
    result => result.terminal_reason?.startsWith('aborted') ?? false,
    'agent_error',
    'Claude was interrupted from outside. Run it again.',
  ],
  [noSession, 'agent_error', 'Claude does not have the session of this job any more. Run it again to begin afresh.'],
]

const firstLine = (text: string): string => oneLine((text.trim().split('\n', 1)[0] ?? '').replace(/[.:…\s]+$/, ''), 200)

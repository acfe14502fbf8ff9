import { oneLine } from '../../words.ts'
import type { AgentEnd } from '../agent.ts'
import type { ResultLine } from './messages.ts'

type Failure = Pick<Extract<AgentEnd, { ok: false }>, 'failure' | 'message'>

/** What a failed turn means: our code, and a sentence with its remedy. The first row that fits decides. */
export function explainFailure(result: ResultLine): Failure {
  const said = result.result ?? result.errors?.join(' ') ?? ''
  const row = ROWS.find(([fits]) => fits(result, said))
  if (row) return { failure: row[1], message: row[2] }
  const failure = result.terminal_reason === 'api_error' ? 'api_error' : 'agent_error'
  return { failure, message: `Claude stopped with an error: ${firstLine(said) || result.subtype}. ${RETRY}` }
}

/** What a process means that ended without a result: its exit and the first line of what stderr kept. */
export function explainExit(exit: { code: number | undefined; signal: string | undefined }, stderr: string): Failure {
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit status ${exit.code ?? '?'}`
  const why = firstLine(stderr)
  const message = `The Claude CLI ${how} before it gave a result${why ? `: ${why}` : ''}. ${RETRY}`
  return { failure: 'agent_error', message }
}

const RETRY = 'Press Retry; if it stays, look at the log.'

type Fits = (result: ResultLine, said: string) => boolean
const status =
  (...codes: number[]): Fits =>
  result =>
    codes.includes(result.api_error_status ?? 0)

// Texts and fields as CLI 2.1.329 prints them for each fault of the API.
const ROWS: [Fits, Failure['failure'], string][] = [
  [
    (_, said) => said.startsWith('Not logged in'),
    'auth',
    'The server has no Claude account. Set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN and restart it, then press Resume.',
  ],
  [
    (result, said) => result.api_error_status === 402 || said.includes('Credit balance is too low'),
    'usage_limit',
    'The Claude account is out of credit. Add credit, then press Resume.',
  ],
  [
    status(401, 403),
    'auth',
    'Claude refused the account of this server. Correct ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN and restart it, then press Resume.',
  ],
  [status(429), 'usage_limit', "Claude's rate limit is reached. Wait some minutes, then press Resume."],
  [
    status(404),
    'api_error',
    'Claude does not know the model, or this account may not use it. Correct `model` in the instruction or CLAUDE_MODEL, then press Retry.',
  ],
  [
    result => result.terminal_reason === 'prompt_too_long',
    'api_error',
    'The request is too long for the model. Give fewer or shorter files, then press Edit and retry.',
  ],
  [
    status(413),
    'api_error',
    'The files of the request are too large for the model. Give fewer or smaller ones, then press Edit and retry.',
  ],
  [status(529), 'api_error', 'Claude is overloaded right now. Wait some minutes, then press Resume.'],
  [
    (result, said) => result.api_error_status === 408 || said.startsWith('Request timed out'),
    'api_error',
    'Claude did not answer in time. Wait some minutes, then press Resume.',
  ],
  [
    result => result.stop_reason === 'refusal',
    'api_error',
    "Claude's safeguards declined this request. Reword it, then press Edit and retry.",
  ],
  [
    result => result.api_error === 'connection_failed',
    'api_error',
    'The server could not reach Claude. Check its network, then press Resume.',
  ],
  [
    result => result.api_error === 'max_output_tokens',
    'api_error',
    "Claude's answer grew longer than the model allows. Ask for less at once, then press Edit and retry.",
  ],
  [
    result => (result.api_error_status ?? 0) >= 500,
    'api_error',
    'Claude had a fault of its own. Wait some minutes, then press Resume.',
  ],
  [
    result => result.terminal_reason === 'api_error' && (result.api_error_status ?? 0) >= 400,
    'api_error',
    'Claude rejected the request. The log has its words; correct the instruction, then press Retry.',
  ],
  [
    result => result.terminal_reason?.startsWith('aborted') ?? false,
    'agent_error',
    'Claude was interrupted from outside. Press Resume to go on.',
  ],
  [
    (_, said) => said.startsWith('No conversation found'),
    'agent_error',
    'Claude does not have the session of this job any more. Press Retry to begin afresh.',
  ],
]

const firstLine = (text: string): string => oneLine(text.trim().split('\n', 1)[0] ?? '', 200).replace(/[.:…\s]+$/, '')

import type { AgentEnd } from '../agent.ts'
import type { ResultLine } from './messages.ts'

type Failure = Pick<Extract<AgentEnd, { ok: false }>, 'failure' | 'message'>

/** What a failed turn means: our code, and a sentence with its remedy. The first row that fits decides. */
export function explainFailure(result: ResultLine): Failure {
  const said = result.result ?? result.errors?.join(' ') ?? ''
  const row = ROWS.find(([fits]) => fits(result, said))
  if (row) return { failure: row[1], message: row[2] }
  return { failure: 'agent_error', message: `Claude stopped with an error: ${firstLine(said) || result.subtype}.` }
}

/** What a process means that ended without a result: its exit and the last words on stderr. */
export function explainExit(exit: { code: number | undefined; signal: string | undefined }, stderr: string): Failure {
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit status ${exit.code ?? '?'}`
  const why = firstLine(stderr)
  const message = `The Claude CLI ${how} before it gave a result${why ? `: ${why}` : ''}. Press Retry; if it stays, look at the log.`
  return { failure: 'agent_error', message }
}

type Fits = (result: ResultLine, said: string) => boolean
const status = (...codes: number[]): Fits => result => codes.includes(result.api_error_status ?? 0)

// Texts and fields as CLI 2.1.329 prints them for each fault of the API.
const ROWS: [Fits, Failure['failure'], string][] = [
  [
    (_, said) => said.startsWith('Not logged in'),
    'auth',
    'The server has no Claude account. Set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN and restart it, then press Resume.',
  ],
  [
    (_, said) => said.includes('Credit balance is too low'),
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
  [status(413), 'api_error', 'The files of the request are too large for the model. Give fewer or smaller ones, then press Edit and retry.'],
  [status(529), 'api_error', 'Claude is overloaded right now. Wait some minutes, then press Resume.'],
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
  [result => (result.api_error_status ?? 0) >= 500, 'api_error', 'Claude had a fault of its own. Wait some minutes, then press Resume.'],
  [
    result => result.terminal_reason === 'api_error' && (result.api_error_status ?? 0) >= 400,
    'api_error',
    'Claude rejected the request. The log has its words; correct the instruction, then press Retry.',
  ],
]

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return (line.length > 200 ? `${line.slice(0, 199)}…` : line).replace(/[.:\s]+$/, '')
}

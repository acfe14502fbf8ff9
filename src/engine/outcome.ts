import { isDiskFull, UserError } from '../errors.ts'
import type { Outcome } from '../job.ts'
import { count, duration, size } from '../words.ts'
import type { AgentEnd } from './agent.ts'
import type { JobLimits } from './limits/job-limits.ts'
import type { Collected } from './outputs/collect.ts'

/**
 * Why an attempt was stopped from outside, as the reason of its abort signal. A signal keeps its first reason, which
 * is what settles a cancel against a timeout against a shutdown.
 */
export type StopCause =
  | { kind: 'cancelled'; by: string }
  | { kind: 'timeout'; minutes: number }
  /** Nothing but heartbeats was heard for this long. */
  | { kind: 'stalled'; minutes: number }
  /** Its folders take more of the disk than a job may. */
  | { kind: 'output_limit'; bytes: number }
  | { kind: 'shutdown' }
  /** A question has been open for long: the slot is freed, and the answer starts another attempt. */
  | { kind: 'parked' }
  /** The account or a budget has nothing left for now: it goes on by itself. */
  | { kind: 'limit'; why: string }
  /** Its log has grown beyond what a job may leave. */
  | { kind: 'log_limit'; bytes: number }
  /** Someone else took the attempt over; nothing more is written for it. */
  | { kind: 'lost' }

/** The end of an attempt that threw: what is meant for people they get as it is, of a bug the id; the log has it whole. */
export const somethingBroke = (job: string, error: unknown): Outcome => ({
  kind: 'failed',
  failure: 'internal',
  message: brokenWords(job, error),
})

function brokenWords(job: string, error: unknown): string {
  if (error instanceof UserError) return error.message
  return isDiskFull(error)
    ? "The server's disk is full. Make room on it, then run it again."
    : `Something broke (job ${job}). The server's log has it.`
}

/** The end of an agent at the cap that it was given. */
export const BUDGET_REACHED = { failure: 'budget', message: 'It reached its limit of cost and was stopped.' } as const

/** The end of an agent, with what helps where it was the job's cap. */
export function explainCap(end: AgentEnd, { capBy }: Pick<JobLimits, 'capBy'>): AgentEnd {
  if (end.ok || end.failure !== 'budget') return end
  return { ...end, message: `${end.message} Ask for less at once, or ${RAISE[capBy]}, then run it again.` }
}

const RAISE: Record<JobLimits['capBy'], string> = {
  instruction: 'raise `max-cost` of the instruction',
  limit: 'ask an admin to raise the limit `costPerJob`',
}

/** The one end of an attempt: the first cause wins, then the agent's own end, then what it was to deliver. */
export function decideOutcome(
  stop: StopCause | null,
  end: AgentEnd,
  { patterns, collected, note }: { patterns: readonly string[] | null; collected: Collected; note?: string },
): Outcome {
  if (stop) return stopOutcome(stop)
  if (!end.ok) return { kind: 'failed', failure: end.failure, message: end.message }
  if (collected.kind === 'too_large') return tooLarge(`Its files come to ${size(collected.bytes)} or more, which is`)
  if (collected.kind === 'not_kept') return { ...NOT_KEPT, result: end.answer }
  if (patterns && collected.artifacts.length === 0)
    return {
      kind: 'failed',
      failure: 'no_output',
      message: `Claude finished without making a file that fits ${patterns.map(pattern => `\`${pattern}\``).join(', ')}. Run it again, or reword the request.`,
      result: end.answer,
    }
  const notes = [note, leftOutText(collected.leftOut)].filter(Boolean).join(' ')
  return { kind: 'succeeded', result: end.answer, note: notes || null }
}

const NOT_KEPT = {
  kind: 'failed',
  failure: 'internal',
  message: "The files that it made could not be kept. The server's log says why; when that is mended, run it again.",
} as const

const tooLarge = (what: string): Outcome => ({
  kind: 'failed',
  failure: 'output_limit',
  message: `${what} more than a job may leave. Ask for fewer or smaller files, then run it again.`,
})

/** What of an attempt's files is not among its outputs, in words; null when all are. */
function leftOutText({ over, unfit }: { over: number; unfit: number }): string | null {
  const parts = [
    ...(over > 0 ? [`${count(over, 'file')} more than a job gives back`] : []),
    ...(unfit > 0 ? [`${count(unfit, 'file')} that could not be read safely`] : []),
  ]
  return parts.length > 0 ? `Left out: ${parts.join(' and ')}.` : null
}

/** The Outcome of an attempt that was stopped, whatever else went wrong with it. */
export function stopOutcome(stop: StopCause): Outcome {
  switch (stop.kind) {
    case 'cancelled':
      return { kind: 'cancelled', by: stop.by }
    case 'timeout':
      return {
        kind: 'failed',
        failure: 'timeout',
        message: `It ran longer than its limit of ${limitText(stop.minutes)} and was stopped. Run it again, ask for less at once, or raise the limit.`,
      }
    case 'stalled':
      return {
        kind: 'failed',
        failure: 'stalled',
        message: `Claude gave no sign of life for ${limitText(stop.minutes)} and was stopped. Run it again; if it stays, look at the log.`,
      }
    case 'output_limit':
      return tooLarge(`It had written ${size(stop.bytes)} when it was stopped, which is`)
    case 'log_limit':
      return {
        kind: 'failed',
        failure: 'output_limit',
        message: `Its log had come to ${size(stop.bytes)} when it was stopped, which is more than a job may leave. Ask for less at once, then run it again.`,
      }
    case 'limit':
      return { kind: 'interrupted', cause: 'limit', why: stop.why }
    case 'shutdown':
      return { kind: 'interrupted', cause: 'shutdown', why: 'the server was stopped' }
    case 'parked':
      return { kind: 'interrupted', cause: 'answer', why: 'it was answered' }
    case 'lost':
      return { kind: 'interrupted', cause: 'crash', why: 'another process took it over' }
  }
}

function limitText(minutes: number): string {
  if (minutes < 1) return count(Math.round(minutes * 60), 'second')
  return Number.isInteger(minutes) ? count(minutes, 'minute') : duration(minutes * 60_000)
}

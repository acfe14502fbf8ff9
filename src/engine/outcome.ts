import type { Outcome } from '../job.ts'
import { count, duration } from '../words.ts'
import type { AgentEnd } from './agent.ts'

/**
 * Why an attempt was stopped from outside, as the reason of its abort signal. A signal keeps its first reason, which
 * is what settles a cancel against a timeout against a shutdown.
 */
export type StopCause =
  | { kind: 'cancelled'; by: string }
  | { kind: 'timeout'; minutes: number }
  | { kind: 'shutdown' }
  /** Someone else took the attempt over; nothing more is written for it. */
  | { kind: 'lost' }

/** The one end of an attempt: the first cause wins, then the agent's own end, then what it was to deliver. */
export function decideOutcome(
  stop: StopCause | null,
  end: AgentEnd,
  outputs: { patterns: readonly string[] | null; count: number },
): Outcome {
  if (stop) return stopOutcome(stop)
  if (!end.ok) return { kind: 'failed', failure: end.failure, message: end.message }
  if (outputs.patterns && outputs.count === 0)
    return {
      kind: 'failed',
      failure: 'no_output',
      message: `Claude finished without making a file that fits ${outputs.patterns.join(', ')}. Its answer is in the log; press Retry, or reword the request.`,
    }
  return { kind: 'succeeded', result: end.answer }
}

function stopOutcome(stop: StopCause): Outcome {
  switch (stop.kind) {
    case 'cancelled':
      return { kind: 'cancelled', by: stop.by }
    case 'timeout':
      return {
        kind: 'failed',
        failure: 'timeout',
        message: `It ran longer than its limit of ${limitText(stop.minutes)} and was stopped. Press Retry, ask for less at once, or raise the limit.`,
      }
    case 'shutdown':
      return { kind: 'interrupted', why: 'the server was stopped' }
    case 'lost':
      return { kind: 'interrupted', why: 'another process took it over' }
  }
}

function limitText(minutes: number): string {
  if (minutes < 1) return count(Math.round(minutes * 60), 'second')
  return Number.isInteger(minutes) ? count(minutes, 'minute') : duration(minutes * 60_000)
}

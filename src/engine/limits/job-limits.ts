import type { JobRow } from '../../db/job.ts'
import type { Instruction } from '../instructions/instruction.ts'
import { type LimitName, type Limits, lowest, scopesOf } from './names.ts'

/** What one attempt may take. An instruction lowers what the server allows, and raises none of it. */
export type JobLimits = {
  minutes: number
  stallMinutes: number
  outputBytes: number
  outputFiles: number
  logBytes: number
  /** What it may still cost; null: as much as it does. */
  capUsd: number | null
  /** Whose that is: `max-cost` of the instruction, or an admin's limit. */
  capBy: 'instruction' | 'limit'
}

/** `spentUsd`: what the attempts before it have cost that count with it. */
export function limitsOfJob(
  limits: Limits,
  job: Pick<JobRow, 'actor' | 'place' | 'instruction'>,
  instruction: Pick<Instruction, 'maxCost' | 'timeoutMinutes'> | null,
  spentUsd: number,
): JobLimits {
  const scopes = scopesOf(job)
  const of = (name: LimitName, own: number | null = null) =>
    Math.min(own ?? Number.POSITIVE_INFINITY, lowest(limits, scopes, name) ?? Number.POSITIVE_INFINITY)
  const maxCost = instruction?.maxCost ?? null
  const cap = of('costPerJob', maxCost)
  return {
    minutes: of('minutes', instruction?.timeoutMinutes ?? null),
    stallMinutes: of('stallMinutes'),
    outputBytes: of('outputBytes'),
    outputFiles: of('outputFiles'),
    logBytes: of('logBytes'),
    capUsd: Number.isFinite(cap) ? cap - spentUsd : null,
    capBy: cap === maxCost ? 'instruction' : 'limit',
  }
}

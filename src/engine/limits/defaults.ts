import { OUTPUT_BYTES, OUTPUT_FILES } from '../outputs/limits.ts'
import type { Defaults } from './names.ts'

/** More than this waits for hours anyway, and is more likely a mistake. */
const QUEUED = 10_000
const LOG_BYTES = 2_000_000_000

/** The limits of a server that nobody has changed: what its configuration says, and bounds that keep it healthy. */
export const defaultLimits = (options: {
  maxConcurrentJobs: number
  jobTimeoutMinutes: number
  stallMinutes: number
}): Defaults => ({
  concurrent: options.maxConcurrentJobs,
  queued: QUEUED,
  perHour: null,
  perDay: null,
  minutes: options.jobTimeoutMinutes,
  stallMinutes: options.stallMinutes,
  outputBytes: OUTPUT_BYTES,
  outputFiles: OUTPUT_FILES,
  logBytes: LOG_BYTES,
  costPerJob: null,
  costPerDay: null,
  costPerMonth: null,
  tokensPerDay: null,
})

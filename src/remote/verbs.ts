import { answer, approve, deny } from './answer.ts'
import { cancel } from './cancel.ts'
import { files } from './files.ts'
import { reply, resume, retry } from './go-on.ts'
import { job, jobs } from './jobs.ts'
import { limits } from './limits.ts'
import { log } from './log.ts'
import { run } from './run.ts'
import { schedules } from './schedules.ts'
import { takeover } from './takeover.ts'
import type { Verb } from './verb.ts'

/** Every verb against a running server. */
export const VERBS: readonly Verb[] = [
  run,
  jobs,
  job,
  log,
  answer,
  approve,
  deny,
  cancel,
  retry,
  resume,
  reply,
  files,
  schedules,
  limits,
  takeover,
]

/** The form of an instruction's name, which is its file's name without `.md`. */
export const INSTRUCTION_NAME = /^[a-z][a-z0-9-]{0,31}$/

/** The form of an input's name. */
export const INPUT_NAME = /^[a-z][a-z0-9_-]{0,31}$/

/** Words that mean something else in a command: no instruction may bear one. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'again',
  'answer',
  'approve',
  'backup',
  'cancel',
  'demo',
  'deny',
  'dislike',
  'doctor',
  'edit',
  'files',
  'help',
  'instead',
  'job',
  'jobs',
  'like',
  'limits',
  'log',
  'login',
  'now',
  'reply',
  'restore',
  'resume',
  'retry',
  'run',
  'schedule',
  'schedules',
  'slack-manifest',
  'start',
  'status',
  'takeover',
  'use',
])

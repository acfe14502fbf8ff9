import { z } from 'zod'
import type { AuditEntry } from '../../db/audit.ts'
import { type Said, saidWords } from '../../engine/said.ts'

const answered = z.object({
  job: z.string(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  said: z.union([
    z.object({ answers: z.record(z.string(), z.string()) }),
    z.object({
      decision: z.enum(['approve', 'approve-for-job', 'deny']),
      reason: z.string().optional(),
      input: z.record(z.string(), z.unknown()).optional(),
    }),
  ]),
})
const ofJob = z.object({ job: z.string() })
const role = z.object({ role: z.string().nullable() })
const limit = z.object({ from: z.number().nullable(), to: z.number().nullable() })

/** An entry as a page shows it: what was done, to which job if to any, and what exactly, where there is more of it. */
export type AuditWords = { words: string; job: string | null; asked?: unknown; ran?: unknown; detail?: unknown }

/** Words an entry; of an action that is not known here its name and its detail stand for themselves. */
export function auditWords({ action, target, detail }: AuditEntry): AuditWords {
  const job = /^job:(.+)$/.exec(target)?.[1] ?? null
  const answer = answered.safeParse(detail)
  if (answer.success) {
    const { tool, input, said, job } = answer.data
    const ran = 'decision' in said ? said.input : undefined
    return { words: saidWords({ kind: kindOf(tool), tool }, said as Said), job, asked: input, ...(ran && { ran }) }
  }
  const given = role.safeParse(detail)
  if (action === 'set-role' && given.success) return { words: roleWords(target, given.data.role), job }
  const changed = limit.safeParse(detail)
  if (action === 'set-limit' && changed.success) return { words: limitWords(target, changed.data), job }
  if (action === 'try-now') return { words: `ended a pause early (${target.replace(/^pause:/, '')})`, job }
  const done = JOB_WORDS[action]
  if (done) {
    const named = ofJob.safeParse(detail).data?.job
    return { words: done, job: job ?? named ?? null, ...(detail !== null && !named && { detail }) }
  }
  const schedule = /^schedule-(\w+)$/.exec(action)?.[1]
  if (schedule)
    return {
      words: `${SCHEDULE_WORDS[schedule] ?? schedule} the ${target.replace(':', ' ')}`,
      job,
      ...(detail !== null && { detail }),
    }
  return { words: action, job, ...(detail !== null && { detail }) }
}

const JOB_WORDS: Record<string, string> = {
  cancel: 'cancelled the job',
  retry: 'had the job tried again, afresh',
  resume: 'had the job go on where it stopped',
  takeover: 'took the conversation over in a terminal',
  'give-back': 'gave the conversation back',
}

const SCHEDULE_WORDS: Record<string, string> = {
  ...{ add: 'made', change: 'changed', pause: 'paused', resume: 'resumed', remove: 'removed', run: 'ran' },
}

const kindOf = (tool: string) => (tool === 'ExitPlanMode' ? 'plan' : 'approval')

function roleWords(target: string, role: string | null): string {
  const person = target.replace(/^person:/, '')
  return role === null
    ? `made ${person} a user like everybody`
    : `made ${person} ${role === 'viewer' || role === 'user' ? 'a' : 'an'} ${role}`
}

const limitWords = (target: string, { from, to }: z.infer<typeof limit>): string =>
  `changed the limit ${target.replace(/^limit:/, '')} from ${from ?? 'none'} to ${to ?? 'what holds without one'}`

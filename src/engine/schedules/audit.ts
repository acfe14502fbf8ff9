import { appendAudit } from '../../db/audit.ts'
import type { Db } from '../../db/connect.ts'
import type { Person } from '../../job.ts'

/** What people do to schedules, as the audit names it. */
export type ScheduleAction = `schedule-${'add' | 'change' | 'pause' | 'resume' | 'remove' | 'run'}`

/** Keeps who did what to a schedule, in the transaction of what it tells of. */
export const auditBy = (
  trx: Db,
  { actor, place }: Person,
  { id, ...entry }: { at: string; action: ScheduleAction; id: string; detail: unknown },
): Promise<void> => appendAudit(trx, { ...entry, actor, target: `schedule:${id}`, origin: place })

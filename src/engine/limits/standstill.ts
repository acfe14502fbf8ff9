import type { Clock } from '../../clock.ts'
import { appendAudit } from '../../db/audit.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import { openJobs } from '../../db/open-jobs.ts'
import { listPauses, type PauseKind, setPause } from '../../db/pause.ts'
import type { Person } from '../../job.ts'
import { blockWords } from '../waiting-words.ts'
import { isFull, isMoreThanBusy, readMeters } from './gate.ts'
import type { Limits } from './names.ts'
import { pauseWords } from './pauses.ts'

/** What keeps jobs of everybody from starting, in the words that they are told; `pause` where it may be tried earlier. */
export type Standstill = { words: string; pause: PauseKind | null }

type StandstillDeps = { db: Db; clock: Clock; defaultTimezone: string; limits(db: Db): Promise<Limits> }

/** All that keeps jobs of everybody from starting now; slots that are all in use are none of it. */
export async function standstills({ db, clock, defaultTimezone, limits }: StandstillDeps): Promise<Standstill[]> {
  const now = clock.now()
  const pauses = (await listPauses(db)).filter(({ until }) => until > now)
  const meters = await readMeters(db, await limits(db), await openJobs(db), now)
  const full = meters.filter(meter => meter.scope === 'global' && isFull(meter) && isMoreThanBusy(meter))
  return [
    ...pauses.map(pause => ({ words: pauseWords(pause, now, defaultTimezone), pause: pause.kind })),
    ...full.map(meter => ({ words: blockWords(meter, 'the', now, defaultTimezone), pause: null })),
  ]
}

/** Lets one job try now what a pause has put off; the others follow once that went well. Nothing where there is none. */
export async function tryNow(
  { commit, clock }: { commit: Commit; clock: Clock },
  kind: PauseKind,
  by: Person,
): Promise<void> {
  const now = clock.now()
  await commit(async trx => {
    const pause = (await listPauses(trx)).find(pause => pause.kind === kind && pause.until > now)
    if (!pause) return
    // A reset that is tried too early has not been proved wrong.
    await setPause(trx, { ...pause, until: now, isKnown: false, tries: pause.isKnown ? 0 : pause.tries })
    await appendAudit(trx, by, { at: now.toISOString(), action: 'try-now', target: `pause:${kind}`, detail: null })
  })
}

import type { PauseKind } from '../../db/pause.ts'
import type { Person } from '../../job.ts'
import type { Wakeup } from '../wakeup.ts'
import { changeLimits, type LimitChange, type LimitView, viewLimits } from './change.ts'
import { type Standstill, standstills, tryNow } from './standstill.ts'

/** What people may see and change of what holds jobs back. */
export type LimitsFace = {
  /** Every limit as it stands. */
  limits(): Promise<LimitView[]>
  /** Changes limits for everybody, at once; running jobs go on. Throws a UserError for what does not fit. */
  setLimits(changes: readonly LimitChange[], by: Person): Promise<void>
  /** What keeps jobs of everybody from starting now. */
  standstills(): Promise<Standstill[]>
  /** Lets one job try now what a pause has put off. */
  tryNow(kind: PauseKind, by: Person): Promise<void>
}

type LimitsDeps = Parameters<typeof viewLimits>[0] &
  Parameters<typeof changeLimits>[0] &
  Parameters<typeof standstills>[0] & { wakeup: Wakeup }

export const createLimits = (deps: LimitsDeps): LimitsFace => ({
  limits: () => viewLimits(deps),
  setLimits: async (changes, by) => {
    await changeLimits(deps, changes, by)
    deps.wakeup.notify('queue')
  },
  standstills: () => standstills(deps),
  tryNow: async (kind, by) => {
    await tryNow(deps, kind, by)
    deps.wakeup.notify('queue')
  },
})

import type { Db } from './connect.ts'
import type { PauseTable } from './queue-tables.ts'

/** What keeps every job from starting: the account's usage window, its refusal, or an API that is overloaded. */
export type PauseKind = PauseTable['kind']
export const PAUSE_KINDS = ['usage', 'auth', 'overload'] as const satisfies readonly PauseKind[]

/** Nothing starts until then. `isKnown`: it is over by then; else it is tried again, for the `tries`th time. */
export type Pause = { kind: PauseKind; since: Date; until: Date; isKnown: boolean; tries: number }

export async function listPauses(db: Db): Promise<Pause[]> {
  const rows = await db.selectFrom('pause').selectAll().execute()
  return rows.map(({ kind, since, until, is_known, tries }) => ({
    ...{ kind, tries, isKnown: is_known === 1 },
    ...{ since: new Date(since), until: new Date(until) },
  }))
}

/** Begins a pause, or puts off the end of one that there is. */
export async function setPause(db: Db, { kind, since, until, isKnown, tries }: Pause): Promise<void> {
  const change = { until: until.toISOString(), is_known: isKnown ? 1 : 0, tries }
  await db
    .insertInto('pause')
    .values({ kind, since: since.toISOString(), ...change })
    .onConflict(oc => oc.column('kind').doUpdateSet(change))
    .execute()
}

/** Forgets a pause, whatever its time. */
export async function dropPause(db: Db, kind: PauseKind): Promise<void> {
  await db.deleteFrom('pause').where('kind', '=', kind).execute()
}

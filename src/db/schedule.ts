import type { Selectable } from 'kysely'
import { type Db, groupsOf } from './connect.ts'
import type { ScheduleTable } from './schedule-tables.ts'

export type ScheduleRow = Selectable<ScheduleTable>

/** Where a page of schedules begins: after the one with this time and id. */
export type ScheduleCursor = { at: string; id: string }

export async function insertSchedule(db: Db, row: ScheduleRow): Promise<void> {
  await db.insertInto('schedule').values(row).execute()
}

/** Changes a schedule; false when there is none any more. */
export async function changeSchedule(db: Db, id: string, change: Partial<Omit<ScheduleRow, 'id'>>): Promise<boolean> {
  const result = await db.updateTable('schedule').set(change).where('id', '=', id).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function findSchedule(db: Db, id: string): Promise<ScheduleRow | null> {
  return (await db.selectFrom('schedule').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** Takes a schedule out whose ticks are gone. */
export async function deleteSchedule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('schedule').where('id', '=', id).execute()
}

/** Schedules, newest first; `next` is where the following page begins, null at the end. */
export async function listSchedules(
  db: Db,
  { limit, after, seenBy }: { limit: number; after?: ScheduleCursor | undefined; seenBy?: Seen | undefined },
): Promise<{ rows: ScheduleRow[]; next: ScheduleCursor | null }> {
  let query = db.selectFrom('schedule').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit)
  if (seenBy)
    query = query.where(eb => eb.or([eb('destination', '=', seenBy.place), eb('created_by', '=', seenBy.actor)]))
  if (after)
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at', 'id'), '<', tuple(after.at, after.id)))
  const rows = await query.execute()
  const last = rows.length === limit ? rows.at(-1) : undefined
  return { rows, next: last ? { at: last.created_at, id: last.id } : null }
}

/** Whose schedules are seen: those of a place, and a person's own. */
type Seen = { place: string; actor: string }

/** Schedules whose time has come, the longest due first. */
export async function dueSchedules(db: Db, now: string, limit: number): Promise<ScheduleRow[]> {
  return await db
    .selectFrom('schedule')
    .selectAll()
    .where('next_due', '<=', now)
    .orderBy('next_due')
    .limit(limit)
    .execute()
}

/** Schedules that are on and wait for a time after this one, or for none; by their ids, after one of them. */
export async function waitingSchedules(
  db: Db,
  { now, afterId, limit }: { now: string; afterId: string; limit: number },
): Promise<ScheduleRow[]> {
  return await db
    .selectFrom('schedule')
    .selectAll()
    .where('enabled', '=', 1)
    .where(eb => eb.or([eb('next_due', 'is', null), eb('next_due', '>', now)]))
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Sets when schedules are due next, many in one statement; in the transaction that has read them. */
export async function setNextDue(db: Db, rows: readonly ScheduleRow[]): Promise<void> {
  for (const group of groupsOf(rows))
    await db
      .insertInto('schedule')
      .values(group)
      .onConflict(oc => oc.column('id').doUpdateSet(eb => ({ next_due: eb.ref('excluded.next_due') })))
      .execute()
}

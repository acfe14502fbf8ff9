import type { Selectable } from 'kysely'
import type { JobStatus } from '../job.ts'
import type { TickEnd } from '../schedule.ts'
import { type Db, groupsOf } from './connect.ts'
import type { TickTable } from './schedule-tables.ts'

export type TickRow = Selectable<TickTable>

/** Names one tick. */
export type TickKey = Pick<TickRow, 'schedule' | 'due'>

/** Keeps due times; one that is known keeps its row. */
export async function insertTicks(db: Db, rows: readonly TickRow[]): Promise<void> {
  for (const group of groupsOf(rows))
    await db
      .insertInto('tick')
      .values(group)
      .onConflict(oc => oc.columns(['schedule', 'due']).doNothing())
      .execute()
}

/** Ticks whose job is to be made by now, the longest due first. */
export async function startableTicks(db: Db, now: string, limit: number): Promise<TickRow[]> {
  return await db
    .selectFrom('tick')
    .selectAll()
    .where('settled_at', 'is', null)
    .where('state', '=', 'due')
    .where('start_at', '<=', now)
    .orderBy('start_at')
    .orderBy('schedule')
    .limit(limit)
    .execute()
}

/** Puts off when a tick's job is made, and says why. */
export async function postponeTick(
  db: Db,
  tick: TickKey,
  { until, note }: { until: string; note: string },
): Promise<void> {
  await openTick(db, tick).set({ start_at: until, note }).where('state', '=', 'due').execute()
}

/** A due tick waits for an earlier run of its schedule to end. */
export async function holdTick(db: Db, tick: TickKey, note: string): Promise<void> {
  await openTick(db, tick).set({ state: 'waiting', note }).where('state', '=', 'due').execute()
}

/** A due tick has made its job; false when somebody was faster. */
export async function markMade(db: Db, tick: TickKey, job: string): Promise<boolean> {
  const result = await openTick(db, tick)
    .set({ state: 'made', job, note: null })
    .where('state', '=', 'due')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** What became of a tick, for good; false when that was settled before. */
export async function settleTick(
  db: Db,
  tick: TickKey,
  { state, note, at }: { state: TickEnd; note: string | null; at: string },
): Promise<boolean> {
  const result = await openTick(db, tick).set({ state, note, settled_at: at }).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

const openTick = (db: Db, { schedule, due }: TickKey) =>
  db.updateTable('tick').where('schedule', '=', schedule).where('due', '=', due).where('settled_at', 'is', null)

/** Ticks whose job is over, or gone, with how it ended. */
export async function endedTicks(db: Db): Promise<(TickRow & EndedJob)[]> {
  return await db
    .selectFrom('tick')
    .leftJoin('job', 'job.id', 'tick.job')
    .selectAll('tick')
    .select(['job.status', 'job.message', 'job.finished_at'])
    .where('settled_at', 'is', null)
    .where('tick.state', '=', 'made')
    .where(eb => eb.or([eb('job.status', 'is', null), eb('job.status', 'in', FINAL)]))
    .orderBy('tick.due')
    .execute()
}

type EndedJob = { status: JobStatus | null; message: string | null; finished_at: string | null }
const FINAL: readonly JobStatus[] = ['succeeded', 'failed', 'cancelled']

/** Jobs of a schedule that have not ended. */
export async function liveJobsOf(db: Db, schedule: string): Promise<string[]> {
  const rows = await db
    .selectFrom('tick')
    .innerJoin('job', 'job.id', 'tick.job')
    .select('job.id')
    .where('tick.schedule', '=', schedule)
    .where('tick.settled_at', 'is', null)
    .where('tick.state', '=', 'made')
    .where('job.status', 'not in', FINAL)
    .execute()
  return rows.map(({ id }) => id)
}

/** The oldest waiting tick of each schedule whose earlier runs have ended. */
export async function releasableTicks(db: Db): Promise<TickKey[]> {
  return await db
    .selectFrom('tick')
    .select(['tick.schedule', eb => eb.fn.min('tick.due').as('due')])
    .where('tick.settled_at', 'is', null)
    .where('tick.state', '=', 'waiting')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tick as going')
            .innerJoin('job', 'job.id', 'going.job')
            .select('job.id')
            .whereRef('going.schedule', '=', 'tick.schedule')
            .where('going.settled_at', 'is', null)
            .where('going.state', '=', 'made')
            .where('job.status', 'not in', FINAL),
        ),
      ),
    )
    .groupBy('tick.schedule')
    .execute()
}

/** A waiting tick is due again. */
export async function releaseTick(db: Db, tick: TickKey): Promise<void> {
  await openTick(db, tick).set({ state: 'due' }).where('state', '=', 'waiting').execute()
}

/** Takes out due times that lie ahead of now and made no job: a clock that was wrong wrote them. */
export async function dropTicksAhead(db: Db, schedule: string, now: string): Promise<void> {
  await db
    .deleteFrom('tick')
    .where('schedule', '=', schedule)
    .where('due', '>', now)
    .where('state', 'in', ['due', 'waiting', 'missed'])
    .execute()
}

/** When a run of a schedule was made last; null when none was. */
export async function lastRunOf(db: Db, schedule: string): Promise<string | null> {
  const row = await db
    .selectFrom('tick')
    .select('due')
    .where('schedule', '=', schedule)
    .where('job', 'is not', null)
    .orderBy('due', 'desc')
    .executeTakeFirst()
  return row?.due ?? null
}

/** The ticks of a schedule, the latest first, each with how its job stands now. */
export async function ticksOf(
  db: Db,
  schedule: string,
  limit: number,
): Promise<(TickRow & Pick<EndedJob, 'status'>)[]> {
  return await db
    .selectFrom('tick')
    .leftJoin('job', 'job.id', 'tick.job')
    .selectAll('tick')
    .select('job.status')
    .where('schedule', '=', schedule)
    .orderBy('due', 'desc')
    .limit(limit)
    .execute()
}

/** How many ticks one transaction removes. */
const DROPPED = 500

/** Removes some ticks of a schedule, or of all those that were settled before a time; false when there was none. */
export async function dropTicks(db: Db, which: { schedule: string } | { before: string }): Promise<boolean> {
  const result = await db
    .deleteFrom('tick')
    .where(({ eb, refTuple, selectFrom }) => {
      const ticks = selectFrom('tick').select(['schedule', 'due']).limit(DROPPED)
      const some =
        'schedule' in which
          ? ticks.where('schedule', '=', which.schedule)
          : ticks.where('settled_at', 'is not', null).where('settled_at', '<', which.before)
      return eb(refTuple('schedule', 'due'), 'in', some.$asTuple('schedule', 'due'))
    })
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

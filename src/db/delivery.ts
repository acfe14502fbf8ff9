import { type Selectable, sql } from 'kysely'
import { isJobId } from '../job.ts'
import { type Db, groupsOf } from './connect.ts'
import type { DeliveryState, DeliveryTable } from './schema.ts'
import { isFree } from './server.ts'

export type DeliveryRow = Selectable<DeliveryTable>

/** A post that is owed: its key, where it goes, its place in the thread, and what it says as far as that is known. */
export type Owed = { key: string; target: unknown; order: number; step: string; body: unknown; at: string }

/** The key of a job's post. A job that a person took up again has one card, and the other posts once more each time. */
export function postKey(job: string, part: 'card' | 'progress' | 'result' | 'broken', round = 1): string {
  return part === 'card' || round === 1 ? `${job}/${part}` : `${job}/${part}.${round}`
}

/** The job whose post has this key. */
export const jobOfKey = (key: string): string => key.split('/', 1)[0] ?? ''

/** Notes that a post is owed; a key that is known keeps its row. */
export async function owe(db: Db, { key, target, order, step, body, at }: Owed): Promise<void> {
  await db
    .insertInto('delivery')
    .values({
      key,
      target: JSON.stringify(target),
      order,
      step,
      body: JSON.stringify(body),
      state: 'pending',
      created_at: at,
    })
    .onConflict(oc => oc.column('key').doNothing())
    .execute()
}

/**
 * Notes that a job's thread is owed another end, of this round of it or of the job that goes on with it, so that whoever
 * tells the thread hears of it wherever it was asked for. Nothing where the job before has no thread.
 */
export async function oweNext(
  db: Db,
  before: { id: string; round: number; place: string; ref: string | null },
  next: { id: string; round: number; at: string },
): Promise<void> {
  if (!(await findDelivery(db, postKey(before.id, 'result', before.round)))) return
  const target = { place: before.place, thread: before.ref }
  const key = postKey(next.id, 'result', next.round)
  await owe(db, { key, target, order: 3, step: 'result', body: null, at: next.at })
}

/** The row of a key; null when nothing is owed or was made under it. */
export async function findDelivery(db: Db, key: string): Promise<DeliveryRow | null> {
  return (await db.selectFrom('delivery').selectAll().where('key', '=', key).executeTakeFirst()) ?? null
}

/** The rows of these keys, as far as there are any. */
export async function findDeliveries(db: Db, keys: readonly string[]): Promise<DeliveryRow[]> {
  const found: DeliveryRow[] = []
  for (const group of groupsOf(keys))
    found.push(...(await db.selectFrom('delivery').selectAll().where('key', 'in', group).execute()))
  return found
}

/** The job that has a post at this address; null where none has. */
export async function jobAtPost(db: Db, ref: string): Promise<string | null> {
  const row = await db
    .selectFrom('delivery')
    .select('key')
    .where('platform_ids', '=', JSON.stringify([ref]))
    .executeTakeFirst()
  const job = row ? jobOfKey(row.key) : ''
  return isJobId(job) ? job : null // a schedule has posts too
}

/** Keys of one step that are still owed and that no other living process has taken, oldest first. */
export async function owedKeys(db: Db, step: string, owner: string): Promise<string[]> {
  const rows = await db
    .selectFrom('delivery')
    .select('key')
    .where('state', '<>', sql.lit('sent')) // word for word as in the partial index: the many sent rows are never read
    .where('state', '<>', 'failed')
    .where('step', '=', step)
    .where(isFree('delivery.owner', owner))
    .orderBy('created_at')
    .execute()
  return rows.map(row => row.key)
}

/** Takes what is owed under this key; false when another living process has taken it, or it is owed no more. */
export async function takeOwed(db: Db, key: string, owner: string): Promise<boolean> {
  const result = await db
    .updateTable('delivery')
    .set({ owner })
    .where('key', '=', key)
    .where('state', 'in', OWED)
    .where(eb => eb.or([eb('owner', '=', owner), isFree('delivery.owner', owner)]))
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** True while nobody else has taken it. */
export async function holdsOwed(db: Db, key: string, owner: string): Promise<boolean> {
  const row = await db.selectFrom('delivery').select('owner').where('key', '=', key).executeTakeFirst()
  return row?.owner === owner
}

/** Leaves to others what this process has taken and still owes. */
export async function releaseOwed(db: Db, owner: string): Promise<void> {
  await db
    .updateTable('delivery')
    .set({ owner: null })
    .where('state', '<>', sql.lit('sent'))
    .where('state', '<>', 'failed')
    .where('owner', '=', owner)
    .execute()
}

const OWED: readonly DeliveryState[] = ['pending', 'posting']

/** Owes a post no more that was not begun: there is nothing to say any more. */
export async function forgive(db: Db, key: string): Promise<void> {
  await db.deleteFrom('delivery').where('key', '=', key).where('state', '=', 'pending').execute()
}

/** Before a post is sent: notes that it may stand in the chat from now on, and what it says. */
export async function beginPosting(db: Db, key: string, target: unknown, body: unknown): Promise<boolean> {
  const change = { state: 'posting' as const, target: JSON.stringify(target), body: JSON.stringify(body) }
  return await move(db, key, OWED, change)
}

/** The post was made: `platformIds` say where it stands. */
export async function markSent(db: Db, key: string, platformIds: readonly string[]): Promise<boolean> {
  const change = { state: 'sent' as const, platform_ids: JSON.stringify(platformIds), error: null }
  return await move(db, key, ['posting'], change)
}

/** The post was given up; `error` says why. */
export async function markFailed(db: Db, key: string, error: string): Promise<boolean> {
  return await move(db, key, OWED, { state: 'failed', error })
}

/** A conditional write: false when the row is in none of these states. */
async function move(
  db: Db,
  key: string,
  from: readonly DeliveryState[],
  change: Partial<DeliveryRow>,
): Promise<boolean> {
  const result = await db
    .updateTable('delivery')
    .set(change)
    .where('key', '=', key)
    .where('state', 'in', from)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

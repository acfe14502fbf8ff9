import type { Db } from './connect.ts'
import { isFree } from './server.ts'

/** `taken`: kept and not answered yet; `done`: answered, whatever the answer was. */
type InboundState = 'taken' | 'done'

/** A request as it is kept: the platform's name, its own key for the request, and the request as JSON. */
export type Inbound = { platform: string; key: string; body: unknown; at: string }

/** Keeps a request, for `owner` to answer it where one is named; false when this key was taken before, which is how a repeated delivery is known. */
export async function takeInbound(
  db: Db,
  { platform, key, body, at, owner = null }: Inbound & { owner?: string | null },
): Promise<boolean> {
  const state: InboundState = 'taken'
  const result = await db
    .insertInto('inbound')
    .values({ platform, event_key: key, body: JSON.stringify(body), state, received_at: at, owner })
    .onConflict(oc => oc.columns(['platform', 'event_key']).doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** A request as it was kept; null when there is none under this key. */
export async function findInbound(db: Db, { platform, key }: { platform: string; key: string }): Promise<unknown> {
  const row = await db
    .selectFrom('inbound')
    .select('body')
    .where('platform', '=', platform)
    .where('event_key', '=', key)
    .executeTakeFirst()
  return row ? (JSON.parse(row.body) as unknown) : null
}

/** Forgets a request that was kept before a time, so that its key may be taken again. */
export async function forgetInbound(
  db: Db,
  { platform, key }: { platform: string; key: string },
  before: string,
): Promise<void> {
  await db
    .deleteFrom('inbound')
    .where('platform', '=', platform)
    .where('event_key', '=', key)
    .where('received_at', '<', before)
    .execute()
}

/** Notes that a request was answered. */
export async function finishInbound(db: Db, platform: string, key: string): Promise<void> {
  const state: InboundState = 'done'
  await db.updateTable('inbound').set({ state }).where('platform', '=', platform).where('event_key', '=', key).execute()
}

/** Takes over the requests of a platform that a process took and did not answer before it ended, oldest first. */
export async function takeUnanswered(db: Db, platform: string, owner: string): Promise<Inbound[]> {
  const state: InboundState = 'taken'
  const rows = await db
    .updateTable('inbound')
    .set({ owner })
    .where('platform', '=', platform)
    .where('state', '=', state)
    .where(isFree('inbound.owner', owner))
    .returning(['event_key as key', 'body', 'received_at as at'])
    .execute()
  return rows
    .map(row => ({ ...row, platform, body: JSON.parse(row.body) as unknown }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** How many requests one transaction forgets. */
const DROPPED = 500

/** Forgets some of the requests that came before a time, answered or not; false when there was none. */
export async function dropInbound(db: Db, before: string): Promise<boolean> {
  const result = await db
    .deleteFrom('inbound')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('platform', 'event_key'),
        'in',
        selectFrom('inbound')
          .select(['platform', 'event_key'])
          .where('received_at', '<', before)
          .limit(DROPPED)
          .$asTuple('platform', 'event_key'),
      ),
    )
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

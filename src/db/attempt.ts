import type { AttemptCause, Outcome, Spent, Usage } from '../job.ts'
import { type Db, dbNow } from './connect.ts'

/** One process of a job, named by job and number: the number is the fence. */
export type AttemptKey = { job: string; n: number }

export async function insertAttempt(
  db: Db,
  attempt: AttemptKey & {
    cause: AttemptCause
    owner: string
    host: string
    leaseMs: number
    workspace: string
    session: string
    reserved?: number | null
    at: string
  },
): Promise<void> {
  const { leaseMs, at, ...row } = attempt
  await db
    .insertInto('attempt')
    .values({ ...row, lease_until: dbNow(leaseMs), started_at: at })
    .execute()
}

/** Records the process, so that whoever finds it later can tell it from another one with the same number. */
export async function setProcess(db: Db, { job, n }: AttemptKey, pid: number, pidStart: string | null): Promise<void> {
  await db.updateTable('attempt').set({ pid, pid_start: pidStart }).where('job', '=', job).where('n', '=', n).execute()
}

/** Moves the end of the lease of every open attempt of this owner; gives the attempts that are still its own. */
export async function renewLeases(db: Db, owner: string, leaseMs: number): Promise<AttemptKey[]> {
  return await db
    .updateTable('attempt')
    .set({ lease_until: dbNow(leaseMs) })
    .where('owner', '=', owner)
    .where('ended_at', 'is', null)
    .returning(['job', 'n'])
    .execute()
}

/** When the attempt before this one ended; null when there is none. */
export async function endBefore(db: Db, { job, n }: AttemptKey): Promise<string | null> {
  const row = await db
    .selectFrom('attempt')
    .select('ended_at')
    .where('job', '=', job)
    .where('n', '=', n - 1)
    .executeTakeFirst()
  return row?.ended_at ?? null
}

/** The jobs that this owner runs and somebody wants cancelled, perhaps through another process. */
export async function cancelledUnderway(db: Db, owner: string): Promise<{ job: string; by: string }[]> {
  return await db
    .selectFrom('attempt')
    .innerJoin('job', 'job.id', 'attempt.job')
    .select(['attempt.job', 'job.cancelled_by as by'])
    .where('attempt.owner', '=', owner)
    .where('attempt.ended_at', 'is', null)
    .where('job.cancelled_by', 'is not', null)
    .$narrowType<{ by: string }>()
    .execute()
}

/** Every attempt that runs, whoever its owner is. */
export async function openAttempts(db: Db): Promise<AttemptKey[]> {
  return await db.selectFrom('attempt').select(['job', 'n']).where('ended_at', 'is', null).execute()
}

/** True while nobody has ended the attempt and it is the owner's: the condition for appending to its log. */
export async function holdsLease(db: Db, { job, n }: AttemptKey, owner: string): Promise<boolean> {
  const row = await db
    .selectFrom('attempt')
    .select('n')
    .where('job', '=', job)
    .where('n', '=', n)
    .where('owner', '=', owner)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** True while nobody has ended an attempt of the job, whoever runs it. */
export async function hasOpenAttempt(db: Db, job: string): Promise<boolean> {
  const open = db.selectFrom('attempt').select('n').where('job', '=', job).where('ended_at', 'is', null)
  return (await open.executeTakeFirst()) !== undefined
}

/** What is stored of an attempt that this owner runs, and whom it is counted for; null when it has ended or is not its. */
export async function findOpenAttempt(
  db: Db,
  { job, n }: AttemptKey,
  owner: string,
): Promise<{ spent: Spent; actor: string; place: string; instruction: string } | null> {
  const row = await db
    .selectFrom('attempt')
    .innerJoin('job', 'job.id', 'attempt.job')
    .select(['attempt.cost_usd', 'attempt.usage', 'job.actor', 'job.place', 'job.instruction'])
    .where('attempt.job', '=', job)
    .where('attempt.n', '=', n)
    .where('attempt.owner', '=', owner)
    .where('attempt.ended_at', 'is', null)
    .executeTakeFirst()
  if (!row) return null
  const { actor, place, instruction } = row
  return { spent: readSpent(row), actor, place, instruction }
}

/** Stores what the attempt has used by now. */
export async function setSpent(db: Db, { job, n }: AttemptKey, spent: Spent): Promise<void> {
  await db.updateTable('attempt').set(spentColumns(spent)).where('job', '=', job).where('n', '=', n).execute()
}

const spentColumns = ({ costUsd, usage }: Spent) => ({ cost_usd: costUsd, usage: usage && JSON.stringify(usage) })

/** What an attempt's row says that it used. */
export const readSpent = (row: { cost_usd: number; usage: string | null }): Spent => ({
  costUsd: row.cost_usd,
  usage: row.usage === null ? null : (JSON.parse(row.usage) as Usage),
})

/** Ends an attempt once; false when it was ended before or is not the owner's, and then nothing may be written for it. */
export async function endAttempt(
  db: Db,
  { job, n }: AttemptKey,
  owner: string,
  outcome: Outcome,
  spent: Spent,
  at: string,
): Promise<boolean> {
  const result = await db
    .updateTable('attempt')
    .set({
      outcome: outcome.kind,
      message: describeOutcome(outcome),
      ...spentColumns(spent),
      lease_until: null,
      ended_at: at,
    })
    .where('job', '=', job)
    .where('n', '=', n)
    .where('owner', '=', owner)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** When a question was open; `answeredAt` null: it is still. Times are ISO 8601 UTC. */
export type Pause = { askedAt: string; answeredAt: string | null }

/**
 * How long the attempts before this one worked that it goes on with, in milliseconds, without the time in which they
 * waited for people; a retry and a resume begin anew. A clock that was set back in one takes nothing from the others.
 */
export async function ranBefore(db: Db, { job, n }: AttemptKey, pauses: readonly Pause[]): Promise<number> {
  const rows = await db
    .selectFrom('attempt')
    .select(['cause', 'started_at', 'ended_at'])
    .where('job', '=', job)
    .where('n', '<=', n)
    .orderBy('n', 'desc')
    .execute()
  const first = rows.findIndex(({ cause }) => BY_PERSON.includes(cause))
  return rows
    .slice(1, first === -1 ? rows.length : first + 1)
    .reduce((ms, { started_at, ended_at }) => ms + workedIn(Date.parse(started_at), ended_at, pauses), 0)
}

/** A person began the job, or took it on after its end: its limits of time and cost begin anew. */
const BY_PERSON: readonly AttemptCause[] = ['submit', 'retry', 'resume']
/** With these it begins in a new session, which knows nothing of the attempts before. */
const AFRESH: readonly AttemptCause[] = ['submit', 'retry']

/**
 * What belongs to an attempt of those before it: from which on its session counts (`from`), and with which its round
 * began (`start`) and what that has cost.
 */
export async function roundBefore(
  db: Db,
  { job, n }: AttemptKey,
): Promise<{ from: number; start: number; costUsd: number }> {
  const rows = await db
    .selectFrom('attempt')
    .select(['n', 'cause', 'cost_usd'])
    .where('job', '=', job)
    .where('n', '<=', n)
    .orderBy('n', 'desc')
    .execute()
  const start = rows.find(({ cause }) => BY_PERSON.includes(cause))?.n ?? 1
  const from = rows.find(({ cause }) => AFRESH.includes(cause))?.n ?? 1
  const costUsd = rows.filter(row => row.n >= start).reduce((sum, row) => sum + row.cost_usd, 0)
  return { from, start, costUsd }
}

/** The part of a span in which no question was open; several may be open at once. */
function workedIn(from: number, endedAt: string | null, pauses: readonly Pause[]): number {
  const to = endedAt === null ? from : Date.parse(endedAt)
  let worked = 0
  let at = from
  for (const { askedAt, answeredAt } of [...pauses].sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1))) {
    worked += Math.max(0, Math.min(to, Date.parse(askedAt)) - at)
    at = Math.max(at, answeredAt === null ? to : Math.min(to, Date.parse(answeredAt)))
  }
  return worked + Math.max(0, to - at)
}

/** What the ended attempts of a session used, one entry each. */
export async function spentInSession(db: Db, session: string): Promise<Spent[]> {
  const rows = await db
    .selectFrom('attempt')
    .select(['cost_usd', 'usage'])
    .where('session', '=', session)
    .where('ended_at', 'is not', null)
    .execute()
  return rows.map(readSpent)
}

function describeOutcome(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'succeeded':
      return outcome.note
    case 'failed':
      return outcome.message
    case 'cancelled':
      return outcome.by
    case 'interrupted':
      return outcome.why
  }
}

import type { Clock } from '../../clock.ts'
import { appendAudit } from '../../db/audit.ts'
import type { Commit } from '../../db/commit.ts'
import type { Db } from '../../db/connect.ts'
import { queuedIn } from '../../db/job.ts'
import { listLimits, removeLimit, setLimit } from '../../db/limit.ts'
import { openJobs } from '../../db/open-jobs.ts'
import { type Problem, UserError } from '../../errors.ts'
import type { Person } from '../../job.ts'
import { readMeters } from './gate.ts'
import { type Defaults, fitsLimit, fitsWords, LIMIT_NAMES, type LimitName, limitsFrom } from './names.ts'

/** A limit as people see it; `used` where it fills up, `resetsAt` (ISO 8601 UTC) where it begins anew. */
export type LimitView = {
  scope: string
  name: LimitName
  /** Null: there is none. */
  value: number | null
  /** What holds when nobody sets it; null: none. */
  default: number | null
  used?: number | undefined
  resetsAt?: string | undefined
}

/** A limit that is to hold from now on; null: what holds when nobody sets it. */
export type LimitChange = { scope: string; name: string; value: number | null }

type LimitDeps = { db: Db; commit: Commit; clock: Clock; defaults: Defaults; defaultTimezone: string }

/** Every limit of the server, set or not, then those that were set for an actor, a place or an instruction. */
export async function viewLimits({
  db,
  clock,
  defaults,
  defaultTimezone,
}: Omit<LimitDeps, 'commit'>): Promise<LimitView[]> {
  const limits = limitsFrom(await listLimits(db), defaults, defaultTimezone)
  const meters = await readMeters(db, limits, await openJobs(db), clock.now())
  const view = async (scope: string, name: LimitName): Promise<LimitView> => {
    const isThis = (other: { scope: string; name: LimitName }) => other.scope === scope && other.name === name
    const value = limits.rows.find(isThis)?.value ?? null
    const meter = meters.find(isThis)
    const used = name === 'queued' && value !== null ? await queuedIn(db, scope, value) : meter?.used
    const resets = meter?.resetsAt ? { resetsAt: meter.resetsAt.toISOString() } : {}
    return {
      scope,
      name,
      value,
      default: scope === 'global' ? defaults[name] : null,
      ...(used !== undefined && { used }),
      ...resets,
    }
  }
  const own = limits.rows.filter(({ scope }) => scope !== 'global')
  return await Promise.all([
    ...LIMIT_NAMES.map(name => view('global', name)),
    ...own.map(({ scope, name }) => view(scope, name)),
  ])
}

/** Changes limits, all or none, at once and with the audit. Throws a UserError that names each one that does not fit. */
export async function changeLimits(
  { commit, clock, defaults, defaultTimezone }: Omit<LimitDeps, 'db'>,
  changes: readonly LimitChange[],
  by: Person,
): Promise<void> {
  const problems = changes.flatMap((change, i) => problemsOf(change, i))
  if (problems.length > 0) throw new UserError(problems.map(({ message }) => message).join('\n'), { problems })
  const at = clock.now().toISOString()
  await commit(async trx => {
    const keyOf = ({ scope, name }: { scope: string; name: string }) => `${scope} ${name}`
    const { rows } = limitsFrom(await listLimits(trx), defaults, defaultTimezone)
    const values = new Map(rows.map(row => [keyOf(row), row.value]))
    for (const change of changes) {
      const { scope, name, value } = change
      if (value === null) await removeLimit(trx, { scope, name })
      else await setLimit(trx, { scope, name, value }, { changed_by: by.actor, changed_at: at })
      const detail = { from: values.get(keyOf(change)) ?? null, to: value }
      await appendAudit(trx, by, { at, action: 'set-limit', target: `limit:${scope}:${name}`, detail })
    }
  })
}

/** What no job can have would limit nothing, and look as if it did. */
const SCOPE = /^(global|(user|channel):[a-z]+:\S+|instruction:[a-z][a-z0-9-]{0,31})$/

function problemsOf({ scope, name, value }: LimitChange, i: number): Problem[] {
  const field = `${i}.`
  const known = LIMIT_NAMES.find(other => other === name)
  if (!SCOPE.test(scope))
    return [
      {
        field: `${field}scope`,
        message: `\`${scope}\` is no scope: use global, instruction:<name>, or a key such as user:slack:U024.`,
      },
    ]
  if (!known)
    return [{ field: `${field}name`, message: `There is no limit \`${name}\`. There are: ${LIMIT_NAMES.join(', ')}.` }]
  if (value === null || fitsLimit(known, value)) return []
  return [{ field: `${field}value`, message: `\`${name}\` must be ${fitsWords(known)}; you gave ${value}.` }]
}

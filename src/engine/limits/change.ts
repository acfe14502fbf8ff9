import { appendAudit } from '../../db/audit.ts'
import type { Commit } from '../../db/commit.ts'
import { queuedIn } from '../../db/job.ts'
import { listLimits, removeLimit, setLimit } from '../../db/limit.ts'
import { openJobs } from '../../db/open-jobs.ts'
import type { PauseKind } from '../../db/pause.ts'
import { type Problem, UserError } from '../../errors.ts'
import type { Person } from '../../job.ts'
import type { Instructions } from '../instructions/instruction.ts'
import { absentName, isThere } from '../instructions/runnable.ts'
import type { Wakeup } from '../wakeup.ts'
import { readMeters } from './gate.ts'
import { type Defaults, fitsLimit, fitsWords, LIMIT_NAMES, type LimitName } from './names.ts'
import { type Standstill, standstills, tryNow } from './standstill.ts'

/**
 * A limit as people see it; `used` where it fills up, `setAside` where jobs that run may use more besides, `resetsAt`
 * (ISO 8601 UTC) where it begins anew.
 */
export type LimitView = {
  scope: string
  name: LimitName
  /** Null: there is none. */
  value: number | null
  /** What holds when nobody sets it; null: none. */
  default: number | null
  used?: number | undefined
  setAside?: number | undefined
  resetsAt?: string | undefined
}

/** A limit that is to hold from now on; null: what holds when nobody sets it. */
export type LimitChange = { scope: string; name: string; value: number | null }

/** What people may see and change of what holds jobs back. */
export type LimitsFace = {
  /** Every limit of the server, set or not, then those that were set for an actor, a place or an instruction. */
  limits(): Promise<LimitView[]>
  /**
   * Changes limits for everybody, all or none, at once and with the audit; running jobs go on. Throws a UserError that
   * names each one that does not fit; what was set can be taken away, whether it still fits or not.
   */
  setLimits(changes: readonly LimitChange[], by: Person): Promise<void>
  /** What keeps jobs of everybody from starting now. */
  standstills(): Promise<Standstill[]>
  /** Lets one job try now what a pause has put off. */
  tryNow(kind: PauseKind, by: Person): Promise<void>
}

type LimitsDeps = Parameters<typeof standstills>[0] & {
  commit: Commit
  wakeup: Wakeup
  defaults: Defaults
  instructions: () => Instructions
}

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

async function viewLimits({ db, clock, defaults, ...deps }: LimitsDeps): Promise<LimitView[]> {
  const limits = await deps.limits(db)
  const meters = await readMeters(db, limits, await openJobs(db), clock.now())
  const view = async (scope: string, name: LimitName): Promise<LimitView> => {
    const isThis = (other: { scope: string; name: LimitName }) => other.scope === scope && other.name === name
    const value = limits.rows.find(isThis)?.value ?? null
    const meter = meters.find(isThis)
    const used = name === 'queued' && value !== null ? await queuedIn(db, scope) : meter?.used
    const resets = meter?.resetsAt ? { resetsAt: meter.resetsAt.toISOString() } : {}
    return {
      scope,
      name,
      value,
      default: scope === 'global' ? defaults[name] : null,
      ...(used !== undefined && { used }),
      ...(meter && meter.promised > 0 && { setAside: meter.promised }),
      ...resets,
    }
  }
  const own = limits.rows.filter(({ scope }) => scope !== 'global')
  return await Promise.all([
    ...LIMIT_NAMES.map(name => view('global', name)),
    ...own.map(({ scope, name }) => view(scope, name)),
  ])
}

async function changeLimits(
  { commit, clock, limits, instructions }: LimitsDeps,
  changes: readonly LimitChange[],
  by: Person,
): Promise<void> {
  const at = clock.now().toISOString()
  await commit(async trx => {
    const set = await listLimits(trx)
    const before = new Map(set.map(row => [keyOf(row), row.value]))
    const isTakenAway = (change: LimitChange) => change.value === null && before.has(keyOf(change))
    const problems = changes.flatMap((change, i) => {
      if (changes.findIndex(other => keyOf(other) === keyOf(change)) < i) return [namedTwice(change, i)]
      return isTakenAway(change) ? [] : problemsOf(change, i, instructions())
    })
    if (problems.length > 0) throw new UserError(problems.map(({ message }) => message).join('\n'), { problems })
    const values = new Map((await limits(trx)).rows.map(row => [keyOf(row), row.value]))
    for (const change of changes) {
      const { scope, name, value } = change
      if (value === (before.get(keyOf(change)) ?? null)) continue // nothing for the audit either
      if (value === null) await removeLimit(trx, { scope, name })
      else await setLimit(trx, { scope, name, value }, { changed_by: by.actor, changed_at: at })
      const detail = { from: values.get(keyOf(change)) ?? null, to: value }
      await appendAudit(trx, by, { at, action: 'set-limit', target: `limit:${scope}:${name}`, detail })
    }
  })
}

const keyOf = ({ scope, name }: { scope: string; name: string }): string => `${scope} ${name}`

const namedTwice = ({ scope, name }: LimitChange, i: number): Problem => ({
  field: `${i}.name`,
  message: `\`${name}\` of \`${scope}\` is named twice: give it once.`,
})

function problemsOf({ scope, name, value }: LimitChange, i: number, instructions: Instructions): Problem[] {
  const wrong = (part: keyof LimitChange, message: string): Problem[] => [{ field: `${i}.${part}`, message }]
  const noScope = scopeProblem(scope, instructions)
  if (noScope !== null) return wrong('scope', noScope)
  const known = LIMIT_NAMES.find(other => other === name)
  if (!known) return wrong('name', `There is no limit \`${name}\`. There are: ${LIMIT_NAMES.join(', ')}.`)
  if (value === null || fitsLimit(known, value)) return []
  return wrong('value', `\`${name}\` must be ${fitsWords(known)}; you gave ${value}.`)
}

const KEY = /^(global|(user|channel):[a-z]+:\S+)$/
const OF_INSTRUCTION = 'instruction:'

/** Why no job can have a scope, which would limit nothing and look as if it did; null where one can. */
export function scopeProblem(scope: string, instructions: Instructions): string | null {
  if (KEY.test(scope)) return null
  if (!scope.startsWith(OF_INSTRUCTION))
    return `\`${scope}\` is no scope: use global, instruction:<name>, or a key such as user:slack:U024.`
  const name = scope.slice(OF_INSTRUCTION.length)
  return isThere(name, instructions) ? null : absentName(name, [...instructions.byName.keys()].sort())
}

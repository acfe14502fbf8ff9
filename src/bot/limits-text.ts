import type { LimitView } from '../engine/limits/change.ts'
import { amountWords, limitWords } from '../engine/limits/names.ts'
import { timeWords } from '../engine/time-words.ts'

type Who = { actor: string; place: string }
/** Now, and the zone by whose clocks it is told when a limit begins anew. */
type When = { now: Date; zone: string }

/**
 * The limits that hold for this person here, with what is used, left, and when they begin anew. Of instructions only for
 * those that they `may` run: the others are not named to them.
 */
export function limitsText(limits: readonly LimitView[], who: Who & { may: readonly string[] }, when: When): string {
  const scopes = ['global', who.actor, who.place, ...who.may.map(name => `instruction:${name}`)]
  const own = limits.filter(({ scope }) => scopes.includes(scope))
  const nearness = ({ scope }: LimitView) => [who.place, who.actor].indexOf(scope)
  const nearest = own.toSorted((a, b) => nearness(b) - nearness(a))
  return limitsLines(nearest, when, who)
}

/** Limits, those of everybody last, a line each. */
export function limitsLines(limits: readonly LimitView[], when: When, who?: Who): string {
  const isShared = ({ scope }: LimitView) => scope === 'global'
  return [...limits.filter(limit => !isShared(limit)), ...limits.filter(isShared)]
    .filter(({ value }) => value !== null)
    .map(limit => `${scopeWords(limit, who)}: ${line(limit, when)}`)
    .join('\n')
}

function scopeWords({ scope }: LimitView, who: Who | undefined): string {
  if (scope === who?.actor) return 'you'
  if (scope === who?.place) return 'here'
  return scope === 'global' ? 'all' : `\`${scope}\``
}

function line({ name, value, used, setAside = 0, resetsAt }: LimitView, { now, zone }: When): string {
  const most = limitWords(name, value ?? 0)
  if (used === undefined || value === null) return most
  const left = amountWords(name, Math.max(0, value - used - setAside))
  const anew = resetsAt === undefined ? '' : `, anew ${timeWords(new Date(resetsAt), now, zone)}`
  const besides = setAside > 0 ? `, ${amountWords(name, setAside)} set aside for jobs that run` : ''
  return `${most} — ${amountWords(name, used)} used${besides}, ${left} left${anew}`
}

import { ADMIN_ROLE, type Person, type QuestionKind, type Role } from '../job.ts'
import type { JobView } from './view.ts'

/** A person with the role that counts for them. */
export type Asking = Pick<Person, 'actor' | 'roles' | 'place'> & { role: Role }

type Job = Pick<JobView, 'actor' | 'actorName' | 'place'>

/** The role of a person: an admin by token or configuration, else what was set for them, else a user. */
export function roleOf(
  { actor, roles = [] }: Pick<Person, 'actor' | 'roles'>,
  admins: readonly string[],
  set: Role | null,
): Role {
  return roles.includes(ADMIN_ROLE) || admins.includes(actor) ? 'admin' : (set ?? 'user')
}

/** A job is seen where it was asked for, everywhere by who asked for it, and by admins. */
export const mayRead = (job: Pick<Job, 'actor' | 'place'>, { actor, place, role }: Asking): boolean =>
  job.place === place || job.actor === actor || role === 'admin'

/** Whoever only looks on runs nothing. */
export const maySubmit = ({ role }: Pick<Asking, 'role'>): boolean => role !== 'viewer'

/** A job or a schedule is stopped or changed by who asked for it, by operators and by admins. */
export const mayChange = (made: Pick<Job, 'actor'>, person: Asking): boolean => isOwner(made, person) || isStaff(person)

/**
 * Why this person may not answer; null when they may. Questions and plans are the requester's, approvals those of the
 * instruction's approvers; operators and admins help out. With approvers named, nobody approves what he asked for
 * himself, whatever his role, unless `requester` is among them.
 */
export function refusalToAnswer(
  job: Job,
  kind: QuestionKind,
  approvers: readonly string[],
  person: Asking,
): string | null {
  if (person.role === 'viewer') return 'You may only look on here: an admin can give you another role.'
  const byRequester = kind !== 'approval' || approvers.includes('requester')
  if (byRequester && isOwner(job, person)) return null
  if (kind !== 'approval' || isDefault(approvers))
    return isStaff(person) ? null : `Only ${job.actorName} may ${kind === 'question' ? 'answer' : 'decide'} this.`
  if (isOwner(job, person)) return `You asked for this job, so somebody else has to approve it: ${named(approvers)}.`
  const isNamed = [person.actor, ...(person.roles ?? [])].some(key => approvers.includes(key))
  return isNamed || person.role === 'admin' ? null : `Only ${named(approvers)} may approve this.`
}

const isDefault = (approvers: readonly string[]): boolean => approvers.every(key => key === 'requester')
const isOwner = (job: Pick<Job, 'actor'>, { actor, role }: Asking): boolean => role !== 'viewer' && job.actor === actor
/** Operators and admins help out everywhere. */
export const isStaff = ({ role }: Pick<Asking, 'role'>): boolean => role === 'operator' || role === 'admin'
const named = (approvers: readonly string[]): string => approvers.map(key => `\`${key}\``).join(' or ')

import type { Clock } from '../clock.ts'
import { appendAudit } from '../db/audit.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { findRole, removeRole, setRole } from '../db/people.ts'
import { UserError } from '../errors.ts'
import type { Person, Role } from '../job.ts'
import { type Asking, maySubmit, roleOf } from './access.ts'

/** The person with the role that counts for them now. */
export async function askingPerson(
  db: Db,
  admins: readonly string[],
  person: Pick<Person, 'actor' | 'roles' | 'place'>,
): Promise<Asking> {
  return { ...person, role: roleOf(person, admins, await findRole(db, person.actor)) }
}

/** Throws a UserError for whoever may only look on. */
export function assertMaySubmit(person: Asking): void {
  if (!maySubmit(person))
    throw new UserError('You may only look on here: an admin can give you another role.', { kind: 'forbidden' })
}

/** Gives somebody a role, or with null that of everybody again; the audit says who did. */
export async function setRoleOf(
  { commit, clock }: { commit: Commit; clock: Clock },
  actor: string,
  role: Role | null,
  by: Person,
): Promise<void> {
  const at = clock.now().toISOString()
  await commit(async trx => {
    if (role === null) await removeRole(trx, actor)
    else await setRole(trx, { actor, role, changedBy: by.actor, changedAt: at })
    await appendAudit(trx, by, { at, action: 'set-role', target: `person:${actor}`, detail: { role } })
  })
}

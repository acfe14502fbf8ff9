import type { Engine } from '../engine/engine.ts'
import type { Who } from '../engine/instructions/allow.ts'
import { ADMIN_ROLE, type Person } from '../job.ts'

/** Who asks, as instructions name them: an admin has the role that every instruction is open to. */
export async function askerOf(person: Person, { asking }: Pick<Engine, 'asking'>): Promise<Who> {
  const { actor, place, roles = [] } = person
  const { role } = await asking(person)
  return { actor, place, roles: role === 'admin' ? [...roles, ADMIN_ROLE] : roles }
}

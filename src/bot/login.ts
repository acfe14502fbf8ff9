import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { keepTicket } from '../db/ticket.ts'
import type { Engine } from '../engine/engine.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import type { Request } from './platform.ts'

/** Makes a link that logs its reader in to the admin page once. */
export type LoginLink = (actor: string) => Promise<string>

const LIFE_MS = 10 * 60_000

/** Links below the server's address, which ends without a slash. */
export const createLoginLink =
  (db: Db, publicUrl: string, clock: Clock): LoginLink =>
  async actor => {
    const word = randomBytes(24).toString('base64url')
    const now = clock.now()
    const until = new Date(now.getTime() + LIFE_MS).toISOString()
    await keepTicket(db, word, { actor, until }, now.toISOString())
    return `${publicUrl}/login/${word}`
  }

/** What `login` answers: a link for admins, where nobody else sees it. Throws UserErrors. */
export async function loginText(
  request: Request,
  person: Person,
  { engine, loginLink }: { engine: Pick<Engine, 'asking'>; loginLink?: LoginLink },
): Promise<string> {
  const { role } = await engine.asking(person)
  if (role !== 'admin') throw new UserError('Only admins may log in to the admin page: `ADMIN_USERS` names them.')
  if (request.isOverheard)
    throw new UserError('Others would see the link here: use `/errand login`, or write to me directly.')
  if (!loginLink)
    throw new UserError('I do not know the address of the admin page: whoever runs this server can set `PUBLIC_URL`.')
  return `This logs you in to the admin page, once and within 10 minutes: ${await loginLink(person.actor)}`
}

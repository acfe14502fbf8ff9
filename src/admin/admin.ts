import { ADMIN_ROLE, type Origin } from '../job.ts'

/** Who asks with the admin's token. */
export const ADMIN: Origin = {
  platform: 'api',
  actor: 'user:api:admin',
  actorName: 'admin',
  roles: [ADMIN_ROLE],
  place: 'channel:api:admin',
  ref: null,
}

/** The same, by the forms of the pages. */
export const WEB: Origin = { ...ADMIN, platform: 'web' }

import { type Admin, type AdminServer, createAdmin, listen } from '../../src/admin/server.ts'
import { systemClock } from '../../src/clock.ts'
import { createLog } from '../../src/log.ts'
import type { World } from './world.ts'

export const TOKEN = 'the-token-of-this-test'

/** The admin server's routes over a world. */
export const adminOf = (
  world: Pick<World, 'engine' | 'db'>,
  changes: Partial<Parameters<typeof createAdmin>[0]> = {},
): Admin =>
  createAdmin({
    engine: world.engine,
    db: world.db,
    agent: { check: async () => {} },
    clock: systemClock,
    log: createLog({ level: 'fatal', format: 'json' }),
    version: '0.0.0',
    token: TOKEN,
    publicUrl: null,
    redact: text => text,
    ...changes,
  })

/** Asks with the token, as a program does. */
export const asking =
  ({ app }: Admin) =>
  async (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    await app.request(path, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...headers } })

/** A body of JSON to post. */
export const posting = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

/** The server on a free port of loopback. */
export const listening = (admin: Admin): Promise<AdminServer> => listen(admin, { host: '127.0.0.1', port: 0 })

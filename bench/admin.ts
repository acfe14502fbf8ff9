import { get, type IncomingMessage } from 'node:http'
import { type AdminServer, createAdmin, listen } from '../src/admin/server.ts'
import { systemClock } from '../src/clock.ts'
import type { Db } from '../src/db/connect.ts'
import type { Engine } from '../src/engine/engine.ts'
import { createLog } from '../src/log.ts'
import { createRedact } from '../src/redact.ts'

export const TOKEN = 'the-token-of-the-bench'

/** The admin server on a free port of loopback. */
export const openAdmin = (engine: Engine, db: Db): Promise<AdminServer> =>
  listen(
    createAdmin({
      ...{ engine, db, agent: { check: async () => {} }, clock: systemClock, version: '0', token: TOKEN },
      log: createLog({ level: 'error', format: 'json' }),
      publicUrl: null,
      redact: createRedact([]),
    }),
    { host: '127.0.0.1', port: 0 },
  )

/** A request with the token, on a connection of its own; its answer is still to be read. */
export const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${TOKEN}` }, agent: false }, resolve).on('error', reject)
  })

/** The lines of a stream as they come, without their line breaks. */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

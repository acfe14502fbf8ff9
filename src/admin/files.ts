import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { FILE_LINKS, secretOf } from '../db/secret.ts'
import type { Engine } from '../engine/engine.ts'
import { isJobId } from '../job.ts'
import { isSigned, readLink } from '../links.ts'
import type { ClientEnv } from './client.ts'
import { serveOutput } from './serve-output.ts'

type FileDeps = { engine: Pick<Engine, 'job'>; db: Db; clock: Clock }

/** Serves the links that posts have for files which could not be posted: whoever has one gets that file, without a login. */
export function fileRoutes({ engine, db, clock }: FileDeps): Hono<ClientEnv> {
  const routes = new Hono<ClientEnv>()
  routes.get('/files/:signed', async c => {
    const signed = c.req.param('signed')
    const link = readLink(signed)
    const job = link && isJobId(link.job) ? await engine.job(link.job) : null
    // Only a name that was recorded leads to a file; the text of the address never does.
    const output = job?.outputs.find(({ path }) => path === link?.path)
    // One answer for all that is wrong: what there is concerns nobody who was not given it.
    if (!link || !output || !isSigned(await secretOf(db, FILE_LINKS), signed, output.sha256))
      throw new HTTPException(404, { message: 'This link opens nothing, or its file is not there any more.' })
    if (link.until <= clock.now())
      throw new HTTPException(410, { message: 'This link was good for 7 days. Ask for the file where it was posted.' })
    return await serveOutput(output, c.req.method === 'HEAD')
  })
  return routes
}

import { HTTPException } from 'hono/http-exception'
import type { Engine } from '../../engine/engine.ts'
import type { JobView } from '../../engine/view.ts'
import { isJobId } from '../../job.ts'

/** The job of this id; throws a 404 where there is none. */
export async function existingJob(engine: Pick<Engine, 'job'>, id: string): Promise<JobView> {
  const found = isJobId(id) ? await engine.job(id) : null
  if (!found) throw new HTTPException(404, { message: `There is no job "${id}": \`errand jobs\` lists them.` })
  return found
}

import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { mayRead } from '../engine/access.ts'
import type { Engine } from '../engine/engine.ts'
import { noSuchJob } from '../engine/readable-job.ts'
import type { JobView } from '../engine/view.ts'
import type { Person } from '../job.ts'
import type { LinkTo } from './elsewhere.ts'
import type { LoginLink } from './login.ts'
import type { Action, Request } from './platform.ts'

/** What a command needs: the engine, the log's table, and `open`, which begins the thread of a new job. */
export type AnswerDeps = {
  engine: Pick<
    Engine,
    | 'submit'
    | 'cancel'
    | 'answer'
    | 'question'
    | 'asking'
    | 'job'
    | 'jobs'
    | 'limits'
    | 'openOutput'
    | 'instructions'
    | 'reopen'
    | 'followUp'
    | 'hasten'
    | 'rate'
    | 'schedules'
  >
  db: Db
  clock: Clock
  platform: string
  /** False when the card could not be posted. */
  open(view: JobView): Promise<boolean>
  linkTo?: LinkTo
  loginLink?: LoginLink
}

/** What the asker alone is told, with what can be done about it. */
export type Reply = { text: string; actions?: readonly Action[] }

/** Who asks, as the engine knows people. */
export const personOf = ({ actor, actorName, roles, place }: Request, platform: string): Person => ({
  ...{ platform, actor, actorName, place },
  ...(roles && { roles }),
})

/** The job, where the asker may see it; else throws what is said of one that is not there. */
export async function seenJob(id: string, request: Request, { engine, platform }: AnswerDeps): Promise<JobView> {
  const view = await engine.job(id)
  if (view === null || !mayRead(view, await engine.asking(personOf(request, platform)))) throw noSuchJob(id)
  return view
}

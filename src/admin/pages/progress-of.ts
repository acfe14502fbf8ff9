import type { Db } from '../../db/connect.ts'
import { eventsBefore } from '../../db/event.ts'
import { advance, NO_PROGRESS, type Progress } from '../../engine/progress.ts'
import type { JobView } from '../../engine/view.ts'
import type { JobEvent } from '../../job.ts'

/** How much of a log's end says what goes on: the whole of it may be long. */
const LOOK_BACK = 50
const LOOK_BACK_BYTES = 128 * 1024

/** What the last lines of a log say of its job. */
export const progressIn = (events: readonly JobEvent[]): Progress => events.reduce(advance, NO_PROGRESS)

/** What running and waiting jobs do now. */
export async function progressOf(db: Db, jobs: readonly JobView[]): Promise<Map<string, Progress>> {
  const active = jobs.filter(({ status }) => status === 'running' || status === 'waiting')
  return new Map(
    await Promise.all(
      active.map(
        async ({ id }): Promise<[string, Progress]> => [
          id,
          progressIn(await eventsBefore(db, id, Number.MAX_SAFE_INTEGER, LOOK_BACK, LOOK_BACK_BYTES)),
        ],
      ),
    ),
  )
}

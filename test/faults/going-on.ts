import { deepEqual, ok } from 'node:assert/strict'
import { type JobRow, jobsOfConversation, selectJobs } from '../../src/db/job.ts'
import { BEHIND } from '../../src/db/turn.ts'
import type { Reply } from '../../src/engine/follow-up.ts'
import { UserError } from '../../src/errors.ts'
import { ADMIN_ROLE, canReopen } from '../../src/job.ts'
import type { ServerProcess, Site } from '../support/server.ts'
import { ANN } from '../support/world.ts'

const WHOEVER = { ...ANN, roles: [ADMIN_ROLE] }
const WHEN: NonNullable<Reply['when']>[] = ['queue', 'queue', 'now', 'instead']

/** People go on with what they have just seen; of old jobs most have succeeded. */
const RECENT = 8

/** What people have done so far with jobs and their conversations. */
export type GoneOn = { site: Site; token: string; random: () => number; count(what: string): void }

/** Goes on with a job, whatever its status is: by a retry, a resume, a reply, a word on it, or from a terminal. */
export async function goOn(on: GoneOn, server: ServerProcess, jobs: readonly string[]): Promise<string[]> {
  const { site, random, count } = on
  const { engine } = site
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
  const id = pick(jobs.slice(-RECENT))
  if (id === undefined) return []
  const when = pick(WHEN)
  const [ended, behind, held] = (await goodFor(site)).map(ids => pick(ids.slice(-RECENT)) ?? id)
  const how = { cause: random() < 0.5 ? 'retry' : 'resume' } as const
  const ways: Record<string, () => Promise<unknown>> = {
    [how.cause]: () => engine.reopen(ended ?? id, how, WHOEVER),
    'reply over HTTP': () => replyOverHttp(on, server, id, when),
    [`reply ${when}`]: async () => (await engine.followUp(id, { text: 'more', when }, ANN)).job.id,
    hasten: () => engine.hasten(behind ?? id, random() < 0.5 ? 'now' : 'instead', WHOEVER),
    rate: () => engine.rate(id, { good: random() < 0.5 }, WHOEVER),
    takeover: () => engine.takeOver(ended ?? id, WHOEVER),
    'give back': () => engine.giveBack(held ?? id, WHOEVER),
  }
  const chosen = [pick(Object.keys(ways)) ?? '', ...(random() < 0.3 ? [how.cause] : [])] // now and then two at once
  const ends = await Promise.allSettled(chosen.map(name => ways[name]?.()))
  return ends.flatMap((end, i) => {
    if (end.status === 'rejected' && !(end.reason instanceof UserError)) throw end.reason
    count(`${chosen[i]}${end.status === 'rejected' ? ' (refused)' : ''}`)
    return end.status === 'fulfilled' && typeof end.value === 'string' && end.value !== '' ? [end.value] : []
  })
}

/** Jobs that may be taken up again, replies that wait, and jobs of held conversations, about as they came. */
async function goodFor({ db }: Site): Promise<string[][]> {
  const jobs = await selectJobs(db).orderBy('job.created_at').execute()
  const those = (fits: (job: JobRow) => boolean) => jobs.filter(fits).map(({ id }) => id)
  return [
    those(({ status, held_by }) => canReopen(status) && held_by === null),
    those(({ hold_reason }) => hold_reason === BEHIND),
    those(({ held_by }) => held_by !== null),
  ]
}

/** Gives the job that was made; null when the word went into a running turn, or nothing came back. */
async function replyOverHttp({ token, count }: GoneOn, server: ServerProcess, id: string, when: Reply['when']) {
  try {
    const response = await fetch(`${server.url}/api/jobs/${id}/follow-up`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'over HTTP', when }),
    })
    const made = (await response.json()) as { id: string }
    if (response.status === 200) count('said into a running turn')
    ok([200, 202, 403, 409].includes(response.status), `a reply was answered with ${response.status}`)
    return response.status === 202 ? made.id : null
  } catch (error) {
    if (error instanceof TypeError) return null // cut off by a kill
    throw error
  }
}

/** Lets every held conversation go on. */
export async function giveAllBack({ db, engine }: Site): Promise<void> {
  const held = db.selectFrom('job').innerJoin('conversation', 'conversation.id', 'job.conversation')
  const rows = await held.select(['job.id', 'job.conversation']).where('held_by', 'is not', null).execute()
  const one = new Map(rows.map(({ id, conversation }) => [conversation, id]))
  for (const id of one.values()) await engine.giveBack(id, WHOEVER)
}

/** The jobs of a conversation ran one at a time; nobody waits behind nothing. */
export async function expectInTurn({ db }: Site): Promise<void> {
  for (const { id } of await db.selectFrom('conversation').select('id').execute()) {
    const jobs = (await jobsOfConversation(db, id)).map(job => job.id)
    const rows = db.selectFrom('attempt').select(['job', 'n', 'started_at', 'ended_at']).where('job', 'in', jobs)
    const attempts = await rows.orderBy('started_at').execute()
    const overlaps = attempts.filter(({ started_at }, i) => i > 0 && started_at < (attempts[i - 1]?.ended_at ?? '~'))
    deepEqual(overlaps, [], `attempts at once in conversation ${id}: ${JSON.stringify(attempts)}`)
  }
}

import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { countJobs } from '../../db/job.ts'
import type { Engine } from '../../engine/engine.ts'
import type { JobView } from '../../engine/view.ts'
import { JOB_STATUSES } from '../../job.ts'
import { cursorParameter } from '../cursor.ts'
import { badAddress, filled } from './address.ts'
import { filesPage } from './files.tsx'
import { jobRoutes } from './job-routes.tsx'
import { jobsPage } from './jobs.tsx'
import { limitRoutes } from './limit-routes.ts'
import { createLinks } from './links.ts'
import { nowPage } from './now.tsx'
import type { PageDeps, PageParts } from './parts.ts'
import { peopleRoutes } from './people-routes.ts'
import { progressOf } from './progress-of.ts'
import { runRoutes } from './run-routes.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { show } from './show.ts'

const JOBS_A_PAGE = 50
const LIVE_SHOWN = 100
const QUEUED_SHOWN = 10
const RECENT_SHOWN = 20
/** Jobs with files on one page. */
const FILES_A_PAGE = 20

/** The pages for people who are logged in; the caller sees to that, and to the origin of what is posted. */
export function pageRoutes({ base, ...deps }: PageDeps): Hono {
  const parts = { ...deps, links: createLinks(base) }
  const app = new Hono()
  app.get('/', c => showNow(c, parts))
  app.get('/jobs', c => showJobs(c, parts))
  app.get('/files', c => showFiles(c, parts))
  app.route('/jobs', jobRoutes(parts))
  app.route('/', peopleRoutes(parts))
  app.route('/schedules', scheduleRoutes(parts))
  app.route('/', runRoutes(parts))
  app.route('/', limitRoutes(parts))
  return app
}

async function showNow(c: Context, { engine, db, clock, links }: PageParts): Promise<Response> {
  const [running, waiting, queued, recent] = await Promise.all([
    engine.jobs({ status: 'running', limit: LIVE_SHOWN }),
    engine.jobs({ status: 'waiting', limit: LIVE_SHOWN }),
    listQueued(engine, db),
    engine.jobs({ live: false, limit: RECENT_SHOWN }),
  ])
  const props = {
    links,
    now: clock.now(),
    progress: await progressOf(db, [...waiting.jobs, ...running.jobs]),
    waiting: waiting.jobs,
    running: running.jobs,
    ...queued,
    recent: recent.jobs,
    instructions: engine.instructions(),
    standstills: await engine.standstills(),
  }
  return show(c, nowPage(props))
}

/** In the order in which they start, then those that have no place yet, the newest first. */
async function listQueued(engine: Engine, db: Db): Promise<{ queued: JobView[]; allQueued: number }> {
  const { jobs, next } = await engine.jobs({ status: 'queued', limit: QUEUED_SHOWN })
  if (next === null) return { queued: jobs.toSorted(byPlace), allQueued: jobs.length }
  const places = (await engine.firstQueued()).slice(0, QUEUED_SHOWN)
  const missing = places.filter(id => !jobs.some(job => job.id === id))
  const first = await engine.jobs({ ids: missing, status: 'queued', limit: QUEUED_SHOWN })
  const queued = [...jobs, ...first.jobs].toSorted(byPlace).slice(0, QUEUED_SHOWN)
  return { queued, allQueued: await countJobs(db, 'queued') }
}

const byPlace = (a: JobView, b: JobView): number => (a.position ?? Infinity) - (b.position ?? Infinity)

const jobsAddress = z.object({
  status: filled.pipe(z.enum(JOB_STATUSES, `The status must be one of ${JOB_STATUSES.join(', ')}.`).optional()),
  instruction: filled,
  user: filled,
  q: filled,
  cursor: cursorParameter.optional(),
})

async function showJobs(c: Context, { engine, db, clock, links }: PageParts): Promise<Response> {
  const address = jobsAddress.safeParse(c.req.query())
  if (!address.success) return badAddress(c, links, address.error)
  const { cursor, ...query } = address.data
  const isFirst = cursor === undefined
  const onTop = query.status === undefined
  const [live, rest] = await Promise.all([
    isFirst && onTop ? engine.jobs({ ...query, live: true, limit: LIVE_SHOWN }) : { jobs: [], next: null },
    engine.jobs({ ...query, ...(onTop && { live: false }), after: cursor, limit: JOBS_A_PAGE }),
  ])
  const props = {
    ...{ links, query },
    now: clock.now(),
    progress: await progressOf(db, live.jobs),
    instructions: [...engine.instructions().byName.keys()].sort(),
    live: live.jobs,
    moreLive: live.next !== null,
    jobs: rest.jobs,
    next: rest.next,
    further: !isFirst,
  }
  return show(c, jobsPage(props))
}

const filesAddress = z.object({ q: filled, cursor: cursorParameter.optional() })

async function showFiles(c: Context, { engine, links }: PageParts): Promise<Response> {
  const address = filesAddress.safeParse(c.req.query())
  if (!address.success) return badAddress(c, links, address.error)
  const { q, cursor } = address.data
  const { jobs, next } = await engine.jobs({ outputs: true, q, after: cursor, limit: FILES_A_PAGE })
  return show(c, filesPage({ links, q, jobs, next, further: cursor !== undefined }))
}

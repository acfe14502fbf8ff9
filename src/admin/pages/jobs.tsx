import type { JobCursor } from '../../db/job-list.ts'
import type { JobView } from '../../engine/view.ts'
import { JOB_STATUSES, type JobStatus } from '../../job.ts'
import { cursorText } from '../cursor.ts'
import { Choice, Paging } from './filters.tsx'
import { AllQueued, JobList, type RowContext } from './job-row.tsx'
import { page } from './layout.tsx'

/** The filters as they stand in the address. */
export type JobsQuery = {
  status?: JobStatus | undefined
  instruction?: string | undefined
  user?: string | undefined
  q?: string | undefined
}

export type JobsProps = RowContext & {
  query: JobsQuery
  /** Names to choose from. */
  instructions: readonly string[]
  /** Those that are not over: shown above the rest. */
  live: JobView[]
  /** True when there are more of them. */
  moreLive: boolean
  jobs: JobView[]
  next: JobCursor | null
  /** True on the pages after the first. */
  further: boolean
}

/** All jobs, with filters in the address. */
export function jobsPage({ query, instructions, live, moreLive, jobs, next, further, ...context }: JobsProps) {
  const { links } = context
  const isEmpty = live.length + jobs.length === 0
  return page({
    links,
    title: 'Jobs',
    here: 'jobs',
    script: 'list.js',
    search: false,
    children: (
      <>
        <h1>Jobs</h1>
        <Filters action={links.jobs} query={query} instructions={instructions} />
        <div id="list" data-live={further ? undefined : ''}>
          {live.length > 0 && <JobList jobs={live} {...context} />}
          {moreLive && <AllQueued links={links} />}
          {jobs.length > 0 && <JobList jobs={jobs} {...context} />}
          {isEmpty && <p class="empty">{emptyWords(query, next !== null)}</p>}
        </div>
        <Paging href={links.jobs} query={query} next={next && cursorText(next)} further={further} />
      </>
    ),
  })
}

function emptyWords(query: JobsQuery, more: boolean): string {
  if (more) return 'Nothing here yet; the search goes on with older jobs.'
  return isFiltered(query)
    ? 'No job fits. Change the filters, or show all jobs.'
    : 'No job has run yet. Ask for one in the chat or by POST /api/jobs.'
}

const isFiltered = (query: JobsQuery): boolean => Object.values(query).some(value => value !== undefined)

function Filters({
  action,
  query,
  instructions,
}: {
  action: string
  query: JobsQuery
  instructions: readonly string[]
}) {
  return (
    <form class="filters" action={action}>
      <input
        type="search"
        name="q"
        value={query.q}
        aria-label="Search"
        placeholder="Title, file or id"
        data-search=""
      />
      <Choice name="status" all="Every status" options={JOB_STATUSES} value={query.status} />
      <Choice name="instruction" all="Every instruction" options={instructions} value={query.instruction} />
      <input name="user" value={query.user} aria-label="Asked by" placeholder="Asked by" />
      <button type="submit">Filter</button>
      {isFiltered(query) && <a href={action}>Show all jobs</a>}
    </form>
  )
}

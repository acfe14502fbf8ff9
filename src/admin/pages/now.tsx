import type { Instructions } from '../../engine/instructions/instruction.ts'
import type { Standstill } from '../../engine/limits/standstill.ts'
import type { Progress } from '../../engine/progress.ts'
import type { JobView } from '../../engine/view.ts'
import { count } from '../../words.ts'
import { AllQueued, JobList, type RowContext } from './job-row.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'
import { Mistakes } from './mistakes.tsx'
import { Standstills } from './standstill.tsx'

/** What goes on: `queued` in the order in which they start, `recent` newest first; `progress` by job. */
export type NowProps = RowContext & {
  /** Those that need an answer, which stand on top. */
  waiting: JobView[]
  running: JobView[]
  /** Those that start first. */
  queued: JobView[]
  /** How many are queued in all. */
  allQueued: number
  recent: JobView[]
  instructions: Instructions
  /** What keeps all of them from starting. */
  standstills: Standstill[]
  progress: ReadonlyMap<string, Progress>
}

/** The first page: what runs, what waits and why, what came of the rest. */
export function nowPage({ instructions, standstills, ...jobs }: NowProps) {
  const { links, waiting, running, queued, recent } = jobs
  const isNew = waiting.length + running.length + queued.length + recent.length === 0
  return page({
    links,
    title: 'Now',
    here: 'now',
    script: 'list.js',
    children: (
      <>
        <h1 class="hidden">Now</h1>
        <Mistakes mistakes={instructions.mistakes} />
        <Standstills all={standstills} links={links} />
        {!isNew && <Asks count={waiting.length} links={links} />}
        <div id="list" data-live="">
          {isNew ? <Welcome instructions={instructions} /> : <Jobs {...jobs} />}
        </div>
      </>
    ),
  })
}

const Jobs = ({
  waiting,
  running,
  queued,
  allQueued,
  recent,
  ...context
}: Omit<NowProps, 'instructions' | 'standstills'>) => (
  <>
    {waiting.length > 0 && (
      <section aria-label="Needs an answer">
        <JobList jobs={waiting} {...context} />
      </section>
    )}
    <section>
      <h2>Running</h2>
      {running.length > 0 ? <JobList jobs={running} {...context} /> : <p class="empty">Nothing runs now.</p>}
    </section>
    {queued.length > 0 && (
      <section>
        <h2 id="queued">
          Queued <span class="muted">{allQueued.toLocaleString('en')}</span>
        </h2>
        <JobList jobs={queued} {...context} />
        {allQueued > queued.length && <AllQueued links={context.links} />}
      </section>
    )}
    {recent.length > 0 && (
      <section>
        <h2>Recent</h2>
        <JobList jobs={recent} {...context} />
        <p>
          <a href={context.links.jobs}>All jobs</a>
        </p>
      </section>
    )}
  </>
)

/** Always there, so that nothing below it moves when a job begins to wait. */
const Asks = ({ count: waiting, links }: { count: number; links: Links }) => (
  <p id="asks" role="status" class={waiting > 0 ? 'asks' : 'asks muted'}>
    {waiting === 0 ? (
      'No job needs an answer.'
    ) : (
      <a href={links.waiting}>
        {count(waiting, 'job')} {waiting === 1 ? 'needs' : 'need'} an answer
      </a>
    )}
  </p>
)

function Welcome({ instructions: { byName } }: { instructions: Instructions }) {
  const names = [...byName.keys()].sort()
  if (names.length === 0)
    return <p class="empty">No instruction is loaded yet: put a Markdown file into the instructions folder.</p>
  return (
    <p class="empty">
      No job has run yet. Ask for one in the chat or by <code>POST /api/jobs</code>; there{' '}
      {names.length === 1 ? 'is' : 'are'} {names.flatMap((name, i) => [i > 0 ? ', ' : '', <code>{name}</code>])}.
    </p>
  )
}

import { noteWords, runningFacts, statusMark } from '../../engine/card-words.ts'
import { NO_PROGRESS, type Progress } from '../../engine/progress.ts'
import type { JobView } from '../../engine/view.ts'
import type { JobStatus } from '../../job.ts'
import { count, durationBetween, money } from '../../words.ts'
import { Sentence } from '../sentence.tsx'
import { When } from '../when.tsx'
import type { Links } from './links.ts'
import { shown } from './shown.ts'

/** The mark of a status: its shape has the colour, its word says the same. */
export function Mark({ status }: { status: JobStatus }) {
  const [shape = '', ...word] = statusMark(status).split(' ')
  return (
    <span class={`mark ${status}`}>
      <span aria-hidden="true">{shape}</span> <span class="word">{word.join(' ')}</span>
    </span>
  )
}

/** A time that goes on in the browser. */
export const Ticking = ({ since, text }: { since: string; text: string }) => (
  <span class="ticking" data-since={since}>
    {text}
  </span>
)

/** What a row shows besides the job. */
export type RowContext = { links: Links; now: Date; progress?: ReadonlyMap<string, Progress> }

/** Jobs as a list, each a row whose columns stand below each other. */
export const JobList = ({ jobs, ...context }: RowContext & { jobs: readonly JobView[] }) => (
  <ol class="jobs">
    {jobs.map(view => (
      <JobRow view={shown(view)} {...context} />
    ))}
  </ol>
)

/** The way to what a list of live jobs has no room for. */
export const AllQueued = ({ links }: { links: Links }) => (
  <p class="empty">
    <a href={links.queued}>All queued jobs</a>
  </p>
)

function JobRow({ view, links, now, progress }: RowContext & { view: JobView }) {
  const { id, status, instruction, title, startedAt, finishedAt, costUsd, outputs, actorName } = view
  const known = progress?.get(id) ?? NO_PROGRESS
  return (
    <li data-job={id}>
      <Mark status={status} />
      <a class="subject" href={links.job(id)} data-row="">
        <span class="muted">{instruction}</span> {title === instruction ? '' : title}
      </a>
      <span class="note">
        <Sentence text={noteWords(view, known)} />
      </span>
      <span class="num">
        {status === 'running' && startedAt && <Ticking since={startedAt} text={runningFacts(view, now, known)[0]} />}
        {startedAt && finishedAt && durationBetween(startedAt, finishedAt)}
      </span>
      <span class="num">{costUsd > 0 && money(costUsd)}</span>
      <span class="num">{outputs.length > 0 && count(outputs.length, 'file')}</span>
      <span class="who">{actorName}</span>
      <span class="num">
        <When at={view.createdAt} />
      </span>
    </li>
  )
}

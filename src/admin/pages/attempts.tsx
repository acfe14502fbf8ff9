import { raw } from 'hono/html'
import type { AttemptRow } from '../../db/attempt-list.ts'
import type { JobView, OutputView } from '../../engine/view.ts'
import { JOB_STATUSES, type JobEvent } from '../../job.ts'
import { printable } from '../../printable.ts'
import { durationBetween, money } from '../../words.ts'
import { renderLines } from '../log-lines.tsx'
import { When } from '../when.tsx'
import { Mark } from './job-row.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'
import { Outputs } from './outputs.tsx'
import { shown } from './shown.ts'

/** An attempt with the end of its log and what it made. */
export type AttemptShown = { attempt: AttemptRow; events: readonly JobEvent[]; outputs: readonly OutputView[] }

/** The attempts of a job side by side, the newest first. */
export const attemptsPage = (props: { view: JobView; links: Links; attempts: readonly AttemptShown[] }) => {
  const { links, attempts } = props
  const view = shown(props.view)
  return page({
    links,
    title: `Attempts of ${view.title}`,
    children: (
      <>
        <p class="muted">
          {view.instruction} · <a href={links.job(view.id)}>job {view.id}</a>
        </p>
        <h1>Attempts of {view.title}</h1>
        <div class="attempts">
          {attempts.map(attempt => (
            <Attempt {...attempt} links={links} />
          ))}
        </div>
      </>
    ),
  })
}

function Attempt({ attempt, events, outputs, links }: AttemptShown & { links: Links }) {
  const { job, n, cause, outcome, message, costUsd, startedAt, endedAt } = attempt
  // One that was interrupted goes on in the next attempt: no job ends so, and there is no mark for it.
  const status = JOB_STATUSES.find(status => status === outcome)
  return (
    <section>
      <h2>Attempt {n}</h2>
      <p class="muted">
        {WHY[cause]} · <When at={startedAt} />
        {endedAt && ` · ${durationBetween(startedAt, endedAt)}`}
        {costUsd > 0 && ` · ${money(costUsd)}`}
      </p>
      <p>
        {status ? <Mark status={status} /> : (outcome ?? 'goes on')}
        {message && (status === 'cancelled' ? ` by ${printable(message)}` : `: ${printable(message)}`)}
      </p>
      {outputs.length > 0 && <Outputs job={job} outputs={outputs} links={links} attempt={n} />}
      <div class="log lines">{raw(renderLines(events))}</div>
    </section>
  )
}

const WHY: Record<AttemptRow['cause'], string> = {
  submit: 'as it was asked for',
  retry: 'tried again',
  resume: 'resumed by a person',
  answer: 'after an answer',
  crash: 'after the server ended',
  shutdown: 'after the server was stopped',
  limit: 'after a limit',
}

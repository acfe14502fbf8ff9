import type { Run, ScheduleView } from '../../engine/schedules/view.ts'
import { momentWords, standWords, timingWords } from '../../engine/schedules/words.ts'
import { printable } from '../../printable.ts'
import type { TickState } from '../../schedule.ts'
import { count } from '../../words.ts'
import { Mark } from './job-row.tsx'
import { page, Said } from './layout.tsx'
import type { Links } from './links.ts'
import { plain, rateWords, type Scheduled, ScheduleMark } from './schedules.tsx'

/** One schedule: when it runs, how it behaves, what became of its last runs, and what can be done. */
export const schedulePage = ({
  links,
  view,
  runs,
  notice,
}: Scheduled & { links: Links; notice?: string | undefined }) =>
  page({
    links,
    title: `${view.instruction} · schedule`,
    here: 'schedules',
    children: (
      <>
        <h1>
          <span class="muted">{view.instruction}</span> {view.title === view.instruction ? '' : printable(view.title)}
        </h1>
        <p>
          <ScheduleMark view={view} /> · {printable(standWords(view))}
        </p>
        <Said words={notice} />
        <Actions view={view} links={links} />
        <Facts view={view} links={links} />
        <h2>The last runs</h2>
        <p class="muted">{rateWords(runs) || 'None has ended yet.'}</p>
        <History view={view} runs={runs} links={links} />
      </>
    ),
  })

const Actions = ({ view: { id, enabled }, links }: { view: ScheduleView; links: Links }) => (
  <div class="beside">
    <form method="post" action={links.scheduleAction(id, 'run')}>
      <button type="submit">Run now</button>
    </form>
    <form method="post" action={links.scheduleAction(id, enabled ? 'pause' : 'resume')}>
      <button type="submit">{enabled ? 'Pause' : 'Resume'}</button>
    </form>
    <a class="button" href={links.editSchedule(id)}>
      Edit
    </a>
    <details class="confirm">
      <summary>Remove…</summary>
      <form method="post" action={links.scheduleAction(id, 'remove')}>
        <p>This takes out the schedule with the history below. The jobs that it made stay.</p>
        <button type="submit" class="grave">
          Remove the schedule
        </button>
      </form>
    </details>
  </div>
)

const MISSED_MEANS = { skip: 'none is made', once: 'the last one is made', all: 'each is made' }
const OVERLAP_MEANS = { skip: 'is left out', queue: 'waits', replace: 'ends the other', allow: 'joins it' }

function Facts({ view, links }: { view: ScheduleView; links: Links }) {
  const { id, timezone, nextRuns, policy, inputs, place, maker, endAt, destination, enabled } = view
  const facts: [string, string][] = [
    ['runs', plain(timingWords(view)) + (endAt ? `, until ${momentWords(endAt, timezone)}` : '')],
    [
      'next',
      nextRuns.map(at => momentWords(at, timezone)).join('; ') ||
        (enabled ? 'not any more' : 'none while it is paused'),
    ],
    ...Object.entries(inputs).map(([name, value]): [string, string] => [name, String(value)]),
    ['told in', destination ?? `no chat (its jobs belong to ${place})`],
    ['of missed runs', `${MISSED_MEANS[policy.missed]}, at most ${count(policy.maxLatenessMinutes, 'minute')} late`],
    ['a run that finds another', OVERLAP_MEANS[policy.overlap]],
    ...(policy.jitterSeconds > 0 ? [['begins', `up to ${policy.jitterSeconds} s later`] as [string, string]] : []),
    [
      'failures are told',
      `after ${count(policy.alertAfter, 'failure')} in a row, in ${policy.alertTo ?? destination ?? 'no chat'}`,
    ],
    ['made by', maker.actorName],
  ]
  return (
    <dl class="terms">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{printable(value)}</dd>
        </div>
      ))}
      <div>
        <dt>changed by</dt>
        <dd>
          <a href={`${links.audit}?q=schedule:${id}`}>the audit has it</a>
        </dd>
      </div>
    </dl>
  )
}

const SHAPES: Record<TickState, string> = {
  ...{ due: '○', waiting: '○', made: '○', succeeded: '✓', failed: '✗', cancelled: '■', missed: '–', skipped: '–' },
}

/** Of a run whose job goes on its job's own mark. */
const RunMark = ({ state, status }: Run) =>
  state === 'made' && status !== null ? (
    <Mark status={status} />
  ) : (
    <span class={`mark ${state}`}>
      <span aria-hidden="true">{SHAPES[state]}</span>{' '}
      <span class="word">{state === 'due' ? 'about to begin' : state}</span>
    </span>
  )

const History = ({ view, runs, links }: Scheduled & { links: Links }) => (
  <ol class="entries">
    {runs.map(run => (
      <li>
        <RunMark {...run} />
        <span>{momentWords(run.due, view.timezone)}</span>
        <span class="note">{printable([run.byHand && 'by hand', run.note].filter(Boolean).join(' · '))}</span>
        <span>{run.job && <a href={links.job(run.job)}>{run.job}</a>}</span>
      </li>
    ))}
  </ol>
)

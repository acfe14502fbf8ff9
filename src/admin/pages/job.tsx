import { raw } from 'hono/html'
import type { ConversationView } from '../../engine/conversation-view.ts'
import { isFinal, type JobEvent } from '../../job.ts'
import { renderLines } from '../log-lines.tsx'
import { Asking } from './asking.tsx'
import { Exchange } from './exchange.tsx'
import { Facts } from './job-facts.tsx'
import { Card, type HeadProps, Outcome } from './job-head.tsx'
import { page, Said } from './layout.tsx'
import type { Links } from './links.ts'
import { Next, ReplyForm } from './next.tsx'
import { shown } from './shown.ts'

export type JobProps = HeadProps & {
  /** A part of the log; its end unless `earlier`. */
  events: readonly JobEvent[]
  earlier: boolean
  /** What an action did, or why it did not. */
  notice?: string | undefined
} & ConversationProps

/** The exchange that the job is a part of. */
type ConversationProps = { conversation: ConversationView | null }

/** One job: what it is and came to, and its log as a conversation. */
export function jobPage(props: JobProps) {
  const view = shown(props.view)
  const { links, events, earlier, notice, conversation } = props
  const head = { ...props, view }
  return page({
    links,
    title: view.title,
    script: 'job.js',
    children: (
      <article>
        <header class="job-head">
          <p class="muted">
            {view.instruction} · job <code>{view.id}</code>
          </p>
          <h1>{view.title}</h1>
          <Said words={notice} />
        </header>
        <div class="bar">
          <Card {...head} />
          {!isFinal(view.status) && !earlier && <Follow />}
          <a class="to-top" href="#main">
            Top
          </a>
        </div>
        <div class="columns" id="parts" data-head={links.head(view.id)}>
          <Asking view={view} links={links} />
          <Outcome view={view} links={links} />
          <Next view={view} links={links} instructions={head.instructions} />
          <div id="thread">
            <Exchange conversation={conversation} here={view.id} links={links} />
            <ReplyForm
              action={links.reply(view.id)}
              live={conversation?.heldBy === null && conversation.jobs.some(({ status }) => !isFinal(status))}
            />
          </div>
          <Facts view={view} links={links} />
          <LogSection {...head} events={events} earlier={earlier} />
        </div>
      </article>
    ),
  })
}

/** What changes with the job's status, to be put where the page has it. */
export function headFragment(props: HeadProps & ConversationProps) {
  const head = { ...props, view: shown(props.view) }
  return (
    <>
      <Card {...head} />
      <Asking {...head} />
      <Outcome {...head} />
      <Next {...head} />
      <Exchange conversation={props.conversation} here={head.view.id} links={head.links} />
      <Facts {...head} />
    </>
  )
}

const Follow = () => (
  <label class="follow scripted">
    <input type="checkbox" id="follow" /> Follow
  </label>
)

function LogSection({ view, links, events, earlier }: Pick<JobProps, 'view' | 'links' | 'events' | 'earlier'>) {
  const before = (events[0]?.seq ?? 1) - 1
  return (
    <section class="log" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">Log</h2>
        <noscript class="muted">times in UTC</noscript>
        <a href={links.log(view.id)} download={`${view.id}.ndjson`}>
          Save the whole log
        </a>
      </header>
      <p id="older" hidden={before === 0}>
        <a href={`${links.job(view.id)}?before=${before + 1}`} data-lines={links.lines(view.id)}>
          {olderWords(before)}
        </a>
      </p>
      <div id="lines" data-stream={isFinal(view.status) || earlier ? undefined : links.stream(view.id)}>
        <Chunk events={events} />
      </div>
      <div id="draft" class="line text draft" hidden />
      <p id="end" class="muted" role="status">
        {earlier ? <EarlierEnd view={view} links={links} /> : events.length === 0 && 'Nothing has been logged yet.'}
      </p>
      <button type="button" id="unseen" hidden />
    </section>
  )
}

const EarlierEnd = ({ view, links }: { view: { id: string }; links: Links }) => (
  <a href={links.job(view.id)}>Newest lines</a>
)

const olderWords = (n: number): string => `${n.toLocaleString('en')} older ${n === 1 ? 'line' : 'lines'}`

/** A part of the log, as the page has it and as its script fetches it: `data-first` to `data-last`. */
export const Chunk = ({ events }: { events: readonly JobEvent[] }) => (
  <div class="chunk" data-first={events[0]?.seq ?? 1} data-last={events.at(-1)?.seq ?? 0}>
    {raw(renderLines(events))}
  </div>
)

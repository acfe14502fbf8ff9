import { raw } from 'hono/html'
import { cardDetail, facts, headWords, runningFacts, statusMark } from '../../engine/card-words.ts'
import type { Instructions } from '../../engine/instructions/instruction.ts'
import type { Progress } from '../../engine/progress.ts'
import { resultWords } from '../../engine/result-words.ts'
import type { JobView } from '../../engine/view.ts'
import { isFinal } from '../../job.ts'
import { printable } from '../../printable.ts'
import { renderMarkdown } from '../markdown.ts'
import { Sentence } from '../sentence.tsx'
import { When } from '../when.tsx'
import { Cancel } from './cancel.tsx'
import { Ticking } from './job-row.tsx'
import type { Links } from './links.ts'
import { Outputs } from './outputs.tsx'

export type HeadProps = { view: JobView; links: Links; now: Date; progress: Progress; instructions: Instructions }

/** The line that tells all about the job, and what can be done with it. */
export const Card = ({ view, links, now, progress }: HeadProps) => (
  <div id="card" data-status={view.status}>
    <p class="card">
      <span class={`mark ${view.status}`} aria-hidden="true">
        {statusMark(view.status).slice(0, 1)}
      </span>{' '}
      <Sentence text={headWords(view)} />
      <Detail view={view} now={now} progress={progress} />
      {view.questions.length > 0 && (
        <>
          {' '}
          <a href="#asking">Answer</a>
        </>
      )}
    </p>
    {!isFinal(view.status) && <Cancel action={links.cancel(view.id)} />}
  </div>
)

function Detail({ view, now, progress }: Pick<HeadProps, 'view' | 'now' | 'progress'>) {
  const { status, startedAt } = view
  // Of a failure the words stand below, whole.
  if (status === 'failed') return <>{facts(view).length > 0 && ` after ${facts(view).join(' · ')}`}</>
  if (status !== 'running' || startedAt === null) return <Sentence text={cardDetail(view, now, progress)} />
  const [time, ...rest] = runningFacts(view, now, progress)
  return (
    <>
      {' '}
      <Ticking since={startedAt} text={time} />
      <span id="step">
        {rest.map(fact => (
          <Sentence text={` · ${fact}`} />
        ))}
      </span>
    </>
  )
}

/** What the job came to: the answer or what went wrong, its files, and what people think of it. Empty until then. */
export function Outcome({ view, links }: Pick<HeadProps, 'view' | 'links'>) {
  const { status, outputs, feedback } = view
  return (
    <div id="outcome">
      {(status === 'succeeded' || status === 'failed') && (
        <section>
          <h2>{status === 'failed' ? 'What happened' : 'Answer'}</h2>
          <div class="md">{raw(renderMarkdown(resultWords(view)))}</div>
        </section>
      )}
      {outputs.length > 0 && (
        <section>
          <h2>Files</h2>
          <Outputs job={view.id} outputs={outputs} links={links} />
        </section>
      )}
      {feedback.length > 0 && (
        <ul class="words">
          {feedback.map(({ good, words, at }) => (
            <li>
              {good ? '👍' : '👎'} {printable(words ?? '')} <When at={at} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

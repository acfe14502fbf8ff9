import { raw } from 'hono/html'
import type { ConversationView } from '../../engine/conversation-view.ts'
import { resultWords } from '../../engine/result-words.ts'
import { type Said, saidWords } from '../../engine/said.ts'
import type { JobView } from '../../engine/view.ts'
import { isFinal } from '../../job.ts'
import { printable } from '../../printable.ts'
import { clipped } from '../clipped.tsx'
import { renderMarkdown } from '../markdown.ts'
import { Sentence } from '../sentence.tsx'
import { When } from '../when.tsx'
import { Mark } from './job-row.tsx'
import type { Links } from './links.ts'
import { Outputs } from './outputs.tsx'
import { shown } from './shown.ts'

type ExchangeProps = { conversation: ConversationView; here: string; links: Links }

/** The whole exchange of a thread in order, where it has more than one job; empty until then. */
export const Exchange = (props: Omit<ExchangeProps, 'conversation'> & { conversation: ConversationView | null }) => (
  <div id="exchange">{props.conversation && <Turns {...props} conversation={props.conversation} />}</div>
)

const Turns = ({ conversation, here, links }: ExchangeProps) =>
  conversation.jobs.length < 2 && conversation.heldBy === null ? null : (
    <section aria-labelledby="exchange-title">
      <h2 id="exchange-title">Conversation</h2>
      {conversation.heldBy !== null && (
        <p class="notice">
          {printable(conversation.heldBy)} has its session open in a terminal; nothing starts until it is given back.
        </p>
      )}
      <ol class="exchange">
        {conversation.jobs.map(view => (
          <Turn view={shown(view)} {...{ conversation, here, links }} />
        ))}
      </ol>
    </section>
  )

function Turn({ view, conversation, here, links }: ExchangeProps & { view: JobView }) {
  const { id, actorName, reply, saidInto, createdAt, status, outputs } = view
  const asked = (conversation.questions.get(id) ?? []).filter(({ state }) => state === 'answered')
  return (
    <li aria-current={id === here ? 'true' : undefined}>
      <p>
        {saidInto === null && <Mark status={status} />} <b>{actorName}</b> <When at={createdAt} />{' '}
        {id === here ? <span class="muted">this job</span> : <a href={links.job(id)}>job {id}</a>}
        {saidInto !== null && (
          <span class="muted">
            {' '}
            said into <a href={links.job(saidInto)}>job {saidInto}</a>
          </span>
        )}
      </p>
      <p class="said">{reply === null ? requestWords(view) : clipped(reply)}</p>
      {asked.map(question => (
        <p>
          <Sentence text={question.text} />{' '}
          <span class="muted">
            {question.answeredBy} {printable(saidWords(question, question.said as Said))}
          </span>
        </p>
      ))}
      {id !== here && isFinal(status) && saidInto === null && (
        <div class="md">{raw(renderMarkdown(resultWords(view)))}</div>
      )}
      {id !== here && outputs.length > 0 && <Outputs job={id} outputs={outputs} links={links} />}
    </li>
  )
}

const requestWords = ({ instruction, title }: JobView): string =>
  title === instruction ? instruction : `${instruction} · ${title}`

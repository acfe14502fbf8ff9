import { raw } from 'hono/html'
import { callWords } from '../../engine/call-words.ts'
import type { Part } from '../../engine/said.ts'
import type { JobView, QuestionView } from '../../engine/view.ts'
import { printable } from '../../printable.ts'
import { Plain } from '../clipped.tsx'
import { renderMarkdown } from '../markdown.ts'
import { Sentence } from '../sentence.tsx'
import { ToolInput } from '../tool-input.tsx'
import { When } from '../when.tsx'
import { NAMES } from './answer-form.ts'
import { Cancel } from './cancel.tsx'
import type { Links } from './links.ts'

/**
 * What a job waits for, each with the form that answers it. A section bears what it stands for, so that the page's
 * script leaves one alone that somebody fills in.
 */
export const Asking = ({ view, links }: { view: JobView; links: Links }) => (
  <div id="asking">
    {view.questions.map(question => (
      <section class="ask" data-ask={`${question.id} ${Object.keys(question.answers).length}`}>
        <Ask question={question} job={view.id} links={links} />
        <p class="muted">
          asked <When at={question.askedAt} /> · until <When at={question.expiresAt} />
          {question.kind === 'question' ? '' : ', then it is denied'}
        </p>
      </section>
    ))}
  </div>
)

type AskProps = { question: QuestionView; job: string; links: Links }

function Ask(props: AskProps) {
  switch (props.question.kind) {
    case 'question':
      return <Parts {...props} />
    case 'approval':
      return <Approval {...props} />
    case 'plan':
      return <Plan {...props} />
  }
}

const Form = ({ question, job, links, children }: AskProps & { children: unknown }) => (
  <form method="post" action={links.answer(job)}>
    <input type="hidden" name={NAMES.question} value={question.id} />
    {children}
  </form>
)

const Decide = ({ decision, word, primary }: { decision: string; word: string; primary?: boolean }) => (
  <button type="submit" name={NAMES.decision} value={decision} class={primary ? 'primary' : undefined}>
    {word}
  </button>
)

/** What the agent asks, each with its options and room for another answer. */
const Parts = (props: AskProps) => (
  <Form {...props}>
    {props.question.parts.map((part, index) =>
      props.question.answers[part.question] === undefined ? (
        <OpenPart part={part} index={index} />
      ) : (
        <p>
          <Sentence text={part.question} />{' '}
          <span class="muted">{printable(props.question.answers[part.question] ?? '')}</span>
        </p>
      ),
    )}
    <button type="submit" class="primary">
      Answer
    </button>
  </Form>
)

const OpenPart = ({ part: { question, options, multiSelect }, index }: { part: Part; index: number }) => (
  <fieldset>
    <legend>
      <Sentence text={question} />
    </legend>
    {options.map(({ label, description }) => (
      <label class="option">
        <input type={multiSelect ? 'checkbox' : 'radio'} name={NAMES.choice(index)} value={label} />
        <span>
          {printable(label)} {description && <span class="muted">{printable(description)}</span>}
        </span>
      </label>
    ))}
    <input
      name={NAMES.words(index)}
      aria-label={options.length > 0 ? 'Another answer' : 'Answer'}
      placeholder={options.length > 0 ? 'Another answer' : 'Your answer'}
    />
  </fieldset>
)

/** A call that needs leave: what it would do, whole, and what can be said to it. */
function Approval(props: AskProps) {
  const { tool, input } = props.question
  const command = tool === 'Bash' && typeof input.command === 'string' ? input.command : null
  const { head, also } = callWords(props.question)
  return (
    <>
      <h2 class="md">{raw(renderMarkdown(head))}</h2>
      {tool !== 'WebFetch' && <ToolInput input={input} />}
      {also !== '' && <Plain text={also} />}
      <Form {...props}>
        <div class="buttons">
          <Decide decision="approve" word="Approve" primary />
          <Decide decision="approve-for-job" word="Approve for this job" />
          <Decide decision="deny" word="Deny" />
        </div>
        <p class="muted">For this job: {tool} runs without being asked about again until the job is over.</p>
      </Form>
      {command !== null && (
        <Fold summary="Edit and approve…">
          <Form {...props}>
            <textarea name={NAMES.command} aria-label="Command" rows={3} class="code">
              {`\n${command}`}
            </textarea>
            <Decide decision="approve" word="Approve this command" />
          </Form>
        </Fold>
      )}
      <Fold summary="Deny with a reason…">
        <Form {...props}>
          <input name={NAMES.reason} aria-label="Reason" placeholder="What the agent is told" required />
          <Decide decision="deny" word="Deny" />
        </Form>
      </Fold>
    </>
  )
}

const Fold = ({ summary, children }: { summary: string; children: unknown }) => (
  <details class="confirm">
    <summary>{summary}</summary>
    {children}
  </details>
)

/** The whole plan; a change goes back to the agent, which then shows another one. */
const Plan = (props: AskProps) => (
  <>
    <h2>Is this plan right?</h2>
    <div class="md plan">{raw(renderMarkdown(props.question.text))}</div>
    <Form {...props}>
      <div class="buttons">
        <Decide decision="approve" word="Approve" primary />
      </div>
    </Form>
    <Fold summary="Change…">
      <Form {...props}>
        <textarea name={NAMES.reason} aria-label="What is to be changed" rows={3} required />
        <Decide decision="deny" word="Send it back" />
      </Form>
    </Fold>
    <Cancel action={props.links.cancel(props.job)} word="Stop…" />
  </>
)

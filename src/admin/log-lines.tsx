import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { statusMark } from '../engine/card-words.ts'
import { NO_PROGRESS, stepMark, stepsDone } from '../engine/progress.ts'
import type { JobEvent, Step } from '../job.ts'
import { printable } from '../printable.ts'
import { oneLine } from '../words.ts'
import { CutNote, clipped, Plain } from './clipped.tsx'
import { renderMarkdown } from './markdown.ts'
import { Sentence } from './sentence.tsx'
import { ToolInput } from './tool-input.tsx'
import { ClockTime } from './when.tsx'

const SUMMARY_CHARS = 160

/**
 * Log lines as HTML, in order, each an element with `data-seq`. It holds no tag that is not written here, whatever the
 * lines say. The result of a tool is inside its call when both are among the lines; else it stands alone with the
 * call's id in `data-for`, and the page's script puts it there.
 */
export function renderLines(events: readonly JobEvent[]): string {
  const calls = new Set(events.filter(({ kind }) => kind === 'tool_use').map(({ id }) => id))
  const results = new Map<string, JobEvent>()
  const lines = events.filter(event => {
    const { kind, id } = event
    if (kind !== 'tool_result' || id === undefined || !calls.has(id) || results.has(id)) return true
    results.set(id, event)
    return false
  })
  return lines.map(event => String(<Line event={event} result={resultOf(event, results)} />)).join('')
}

const resultOf = ({ kind, id }: JobEvent, results: ReadonlyMap<string, JobEvent>): JobEvent | undefined =>
  kind === 'tool_use' && id !== undefined ? results.get(id) : undefined

type LineProps = { event: JobEvent; result: JobEvent | undefined }

function Line({ event, result }: LineProps) {
  const { kind, text } = event
  switch (kind) {
    case 'text':
      return <Row event={event}>{markdown(text)}</Row>
    case 'tool_use':
      return <Call event={event} result={result} />
    case 'tool_result':
      return <LoneResult event={event} />
    case 'thinking':
      return (
        <Fold event={event} summary={<Label label="thought" text={text} />}>
          <Plain text={text} />
        </Fold>
      )
    case 'result':
      return (
        <Fold event={event} summary={<Label label="answer" text={text} />}>
          {markdown(text)}
        </Fold>
      )
    case 'status':
      return <StatusLine event={event} />
    case 'error':
      return <Marked event={event} mark="✗ error" state="failed" />
    case 'retry':
      return <Marked event={event} mark="↻ retry" state="waiting" />
    case 'question':
      return <Marked event={event} mark="? question" state="waiting" />
    case 'answer':
      return <Marked event={event} mark="↳ answer" state="running" />
    case 'stderr':
      return (
        <Row event={event}>
          <span class="label">stderr</span>
          <Plain text={text} />
        </Row>
      )
  }
}

const classOf = ({ kind, parent }: JobEvent): string => `line ${kind}${parent === undefined ? '' : ' sub'}`

const Row = ({ event, children }: { event: JobEvent; children: Child }) => (
  <div class={classOf(event)} data-seq={event.seq}>
    <div class="body">{children}</div>
    <ClockTime at={event.at} />
  </div>
)

const Fold = ({ event, summary, children, ...data }: { event: JobEvent; summary: Child; children: Child }) => (
  <details class={classOf(event)} data-seq={event.seq} {...data}>
    <summary data-row="">
      <span class="body">{summary}</span>
      <ClockTime at={event.at} />
    </summary>
    <div class="inside">{children}</div>
  </details>
)

const markdown = (text: string) => <div class="md">{raw(renderMarkdown(text))}</div>

const Label = ({ label, text }: { label: string; text: string }) => (
  <>
    <span class="label">{label}</span> {printable(oneLine(text, SUMMARY_CHARS))}
  </>
)

const Marked = ({ event, mark, state }: { event: JobEvent; mark: string; state: string }) => (
  <Row event={event}>
    <span class={`mark ${state}`}>{mark}</span>{' '}
    <pre class="said">
      <Sentence text={clipped(event.text)} />
    </pre>
    <CutNote text={event.text} />
  </Row>
)

/** An attempt after the first begins with a line across: what stood before was another process. */
function StatusLine({ event }: { event: JobEvent }) {
  const { status = 'queued', attempt, text } = event
  const begins = status === 'running' && attempt > 1
  return (
    <>
      {begins && <h3 class="attempt">attempt {attempt}</h3>}
      <Row event={event}>
        <span class={`mark ${status}`}>{statusMark(status).slice(0, 1)}</span> <Sentence text={text} />
      </Row>
    </>
  )
}

const Failed = () => <span class="mark failed">✗ failed</span>

function Call({ event, result }: LineProps) {
  const { text, tool, steps, input, id } = event
  const summary = (
    <>
      {result?.isError && <Failed />} {steps ? <Plan steps={steps} /> : <StepWords text={text} />}{' '}
      <span class="label">{printable(oneLine(tool ?? '', SUMMARY_CHARS))}</span>
    </>
  )
  return (
    <Fold event={event} summary={summary} data-call={id}>
      {steps ? <Checklist steps={steps} /> : <ToolInput input={input} />}
      {result && <Result event={result} />}
    </Fold>
  )
}

const LoneResult = ({ event }: { event: JobEvent }) => (
  <Fold
    event={event}
    summary={
      <>
        {event.isError && <Failed />} <Label label="result" text={event.text} />
      </>
    }
    data-for={event.id}
  >
    <Result event={event} />
  </Fold>
)

const Result = ({ event: { text, isError } }: { event: JobEvent }) => (
  <div class="out">
    <span class="label">{isError ? 'what went wrong' : 'result'}</span>
    {text.trim() === '' ? <p class="cut">nothing was printed</p> : <Plain text={text} />}
  </div>
)

/** The step as the chat says it, for the page's script to take from here. */
const StepWords = ({ text }: { text: string }) => (
  <span class="step" data-step="">
    <Sentence text={text} />
  </span>
)

function Plan({ steps }: { steps: Step[] }) {
  const doing = steps.find(({ state }) => state === 'doing')
  return (
    <span class="step">
      {stepsDone({ ...NO_PROGRESS, steps })}
      {doing && ` · ${printable(doing.text)}`}
    </span>
  )
}

const Checklist = ({ steps }: { steps: Step[] }) => (
  <ul class="checklist">
    {steps.map(({ text, state }) => (
      <li>
        {stepMark(state)} {printable(text)}
      </li>
    ))}
  </ul>
)

import type { JobEvent } from '../../job.ts'
import { printable } from '../../printable.ts'

/** How a stream of log lines is written: `sse` for programs, `html` for the job page, `ndjson` as a file. */
export const FORMATS = ['sse', 'html', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]

/** How the lines of a log become the bytes that a reader gets, and what the stream says besides. */
export type Writer = {
  contentType: string
  lines(events: readonly JobEvent[]): string
  /** What the agent is writing just now, before it is a line; null where that has no place. */
  draft: ((text: string) => string) | null
  done(job: unknown): string
  ping: string
}

/** `html` turns lines into what the job page shows. */
export function createWriters(html: (events: readonly JobEvent[]) => string): Record<Format, Writer> {
  const sse: Writer = {
    contentType: 'text/event-stream; charset=utf-8',
    lines: events => events.map(event => message(nameOf(event), JSON.stringify(event), event.seq)).join(''),
    draft: text => message('partial', JSON.stringify({ text })),
    done: job => message('done', JSON.stringify(job)),
    ping: ': still here\n\n',
  }
  return {
    sse,
    html: {
      ...sse,
      draft: text => message('partial', JSON.stringify({ text: printable(text) })),
      lines: events =>
        runsOf(events)
          .map(run => htmlMessage(run, html(run)))
          .join(''),
    },
    ndjson: {
      contentType: 'application/x-ndjson; charset=utf-8',
      lines: events => events.map(event => `${JSON.stringify(event)}\n`).join(''),
      draft: null,
      done: () => '',
      ping: '',
    },
  }
}

const nameOf = ({ kind }: JobEvent): string => (kind === 'status' ? 'status' : 'log')

/** One message as the standard writes it; a line break in the data begins another `data:` line. */
function message(event: string, data: string, id?: number): string {
  const lines = data.split(/\r\n|\r|\n/).map(line => `data: ${line}\n`)
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${lines.join('')}\n`
}

/** Each status line alone, since the page asks for more when it comes; what is between them together. */
function runsOf(events: readonly JobEvent[]): JobEvent[][] {
  const runs: JobEvent[][] = []
  for (const event of events) {
    const run = runs.at(-1)
    if (run && event.kind !== 'status' && run[0]?.kind !== 'status') run.push(event)
    else runs.push([event])
  }
  return runs
}

function htmlMessage(run: JobEvent[], html: string): string {
  const last = run.at(-1)
  if (last?.kind === 'status') return message('status', JSON.stringify({ ...last, html }), last.seq)
  return message('log', html, last?.seq)
}

import type { JobEvent } from '../job.ts'
import { printable } from '../printable.ts'

/** Lines of a log as safe HTML, one element each. */
export const renderLines = (events: readonly JobEvent[]): string =>
  events
    .map(({ seq, kind, text }) => (
      <p id={`l${seq}`} data-kind={kind}>
        {printable(text)}
      </p>
    ))
    .join('')

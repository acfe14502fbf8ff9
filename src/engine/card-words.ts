import type { JobStatus } from '../job.ts'
import { count, duration, durationBetween, money, oneLine, ordinal } from '../words.ts'
import { NO_PROGRESS, type Progress, stepsDone } from './progress.ts'
import { askedWords } from './said.ts'
import type { JobView } from './view.ts'

const TITLE_CHARS = 60
const DETAIL_CHARS = 200

/** The mark of a status: a shape and a word, so that it needs no colour. */
export const statusMark = (status: JobStatus): string => MARKS[status]

const MARKS: Record<JobStatus, string> = {
  queued: '○ queued',
  running: '▶ running',
  waiting: '? needs an answer',
  succeeded: '✓ done',
  failed: '✗ failed',
  cancelled: '■ cancelled',
}

/** What a job is about: `brief · Winter tyres` in backticks. */
export function subject({ instruction, title }: Pick<JobView, 'instruction' | 'title'>): string {
  const about = oneLine(title.replaceAll('`', "'"), TITLE_CHARS)
  return about === '' || about === instruction ? `\`${instruction}\`` : `\`${instruction} · ${about}\``
}

/** The one line that tells all about a job. */
export const cardLine = (view: JobView, now: Date, progress: Progress = NO_PROGRESS): string =>
  cardHead(view) + cardDetail(view, now, progress)

/** The line's beginning, which is news at every change. */
export const cardHead = (view: JobView): string => `${subject(view)} — ${headWords(view)}`

/** What a job does or came to, in a few words; what goes with time is in `cardDetail`. */
export function headWords({ status, position, reason, message }: JobView): string {
  switch (status) {
    case 'queued':
      if (position === null) return reason === null ? 'queued' : `waits: ${reason}`
      return `queued, ${placeWords(position, reason)}`
    case 'running':
      return 'running'
    case 'waiting':
      return 'needs an answer'
    case 'succeeded':
      return 'done'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return message ?? 'cancelled' // "cancelled by Ben"
  }
}

const placeWords = (position: number, reason: string | null): string =>
  `${ordinal(position)}${reason === null ? '' : `: ${reason}`}`

/** What a list says of a job beside its mark and its figures; empty where these say all. */
export function noteWords(view: JobView, progress: Progress = NO_PROGRESS): string {
  const { status, position, reason, message } = view
  switch (status) {
    case 'queued':
      return position === null ? (reason ?? '') : placeWords(position, reason)
    case 'running':
      return oneLine(progress.current ?? '', DETAIL_CHARS)
    case 'waiting':
      return oneLine(askedOf(view, progress)?.text ?? '', DETAIL_CHARS)
    default:
      return oneLine(message ?? '', DETAIL_CHARS)
  }
}

/** The line's end, which only goes with time, or says what the status alone does not. */
export function cardDetail(view: JobView, now: Date, progress: Progress): string {
  switch (view.status) {
    case 'queued':
      return ''
    case 'running':
      return ` ${runningFacts(view, now, progress).join(' · ')}`
    case 'waiting': {
      const asked = askedOf(view, progress)
      return asked === null ? '' : questionWords(asked, now)
    }
    case 'succeeded':
      return ` in ${facts(view).join(' · ')}`
    case 'failed':
      return view.message === null ? '' : `: ${oneLine(view.message, DETAIL_CHARS)}`
    case 'cancelled':
      return view.startedAt && view.finishedAt ? ` after ${durationBetween(view.startedAt, view.finishedAt)}` : ''
  }
}

/** Who asked, and the id to quote. */
export const askedBy = ({ platform, actorName, id }: JobView): string =>
  `${platform === 'schedule' ? 'scheduled' : 'asked'} by ${actorName} · job ${id}`

/** Follows what is said of a reply that was taken: words alone answer no question. Empty for a job that asks nothing. */
export const stillAsks = ({ status }: JobView): string =>
  status === 'waiting' ? ' The job still waits for an answer to what it asks.' : ''

/** What a job came to: `4 m 02 s · $0.31 · 2 files`, without what it has none of. */
export function facts(view: JobView): string[] {
  const { startedAt, finishedAt, costUsd, outputs } = view
  return [
    ...(startedAt && finishedAt ? [durationBetween(startedAt, finishedAt)] : []),
    ...(costUsd > 0 ? [money(costUsd)] : []),
    ...(outputs.length > 0 ? [count(outputs.length, 'file')] : []),
  ]
}

/** What is known of a running job: how long it runs comes first and is always there. */
export function runningFacts({ startedAt, costUsd }: JobView, now: Date, progress: Progress): [string, ...string[]] {
  const done = stepsDone(progress)
  return [
    duration(startedAt === null ? 0 : now.getTime() - Date.parse(startedAt)),
    ...(costUsd > 0 ? [money(costUsd)] : []),
    ...(progress.current === null ? [] : [oneLine(progress.current, DETAIL_CHARS)]),
    ...(done === null ? [] : [done]),
  ]
}

/** What a job waits for: by its log where that was read, else by its first open question. */
function askedOf({ questions: [first] }: JobView, { question }: Progress): Progress['question'] {
  return question ?? (first ? { text: askedWords(first), at: first.askedAt } : null)
}

function questionWords(question: { text: string; at: string }, now: Date): string {
  const ago = duration(now.getTime() - Date.parse(question.at))
  return `: "${oneLine(question.text, DETAIL_CHARS)}" (asked ${ago} ago)`
}

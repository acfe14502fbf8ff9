import type { JobView } from '../engine/view.ts'
import { isFinal, type JobStatus } from '../job.ts'
import { count, duration, durationBetween, money, oneLine, ordinal } from '../words.ts'
import type { Action, Message } from './platform.ts'
import { NO_PROGRESS, type Progress, stepsDone } from './progress.ts'

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
export function cardLine(view: JobView, now: Date, progress: Progress = NO_PROGRESS): string {
  return headOf(view) + detailOf(view, now, progress)
}

/** The line as a post: its head is news at every change, its detail goes with time. */
export function cardMessage(view: JobView, now: Date, progress: Progress = NO_PROGRESS): Message {
  const log: Action = { label: 'Log', command: `log ${view.id}` }
  const cancel: Action = { label: 'Cancel', command: `cancel ${view.id}`, style: 'danger' }
  const actions = isFinal(view.status) ? [log] : [cancel, log]
  return { step: 'card', text: headOf(view), detail: detailOf(view, now, progress), footer: askedBy(view), actions }
}

/** Who asked, and the id to quote. */
export const askedBy = (view: JobView): string => `asked by ${view.actorName} · job ${view.id}`

/** What a job came to: `4 m 02 s · $0.31 · 2 files`, without what it has none of. */
export function facts(view: JobView): string[] {
  const { startedAt, finishedAt, costUsd, outputs } = view
  return [
    ...(startedAt && finishedAt ? [durationBetween(startedAt, finishedAt)] : []),
    ...(costUsd > 0 ? [money(costUsd)] : []),
    ...(outputs.length > 0 ? [count(outputs.length, 'file')] : []),
  ]
}

function headOf(view: JobView): string {
  return `${subject(view)} — ${headWords(view)}`
}

function headWords({ status, position, reason, message }: JobView): string {
  switch (status) {
    case 'queued':
      if (position === null) return reason === null ? 'queued' : `waits: ${reason}`
      return `queued, ${ordinal(position)}${reason === null ? '' : `: ${reason}`}`
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

function detailOf(view: JobView, now: Date, progress: Progress): string {
  switch (view.status) {
    case 'queued':
      return ''
    case 'running':
      return ` ${runningFacts(view, now, progress).join(' · ')}`
    case 'waiting':
      return progress.question === null ? '' : questionWords(progress.question, now)
    case 'succeeded':
      return ` in ${facts(view).join(' · ')}`
    case 'failed':
      return view.message === null ? '' : `: ${oneLine(view.message, DETAIL_CHARS)}`
    case 'cancelled':
      return view.startedAt && view.finishedAt ? ` after ${durationBetween(view.startedAt, view.finishedAt)}` : ''
  }
}

function runningFacts({ startedAt, costUsd }: JobView, now: Date, progress: Progress): string[] {
  const done = stepsDone(progress)
  return [
    duration(startedAt === null ? 0 : now.getTime() - Date.parse(startedAt)),
    ...(costUsd > 0 ? [money(costUsd)] : []),
    ...(progress.current === null ? [] : [oneLine(progress.current, DETAIL_CHARS)]),
    ...(done === null ? [] : [done]),
  ]
}

function questionWords(question: { text: string; at: string }, now: Date): string {
  const ago = duration(now.getTime() - Date.parse(question.at))
  return `: "${oneLine(question.text, DETAIL_CHARS)}" (asked ${ago} ago)`
}

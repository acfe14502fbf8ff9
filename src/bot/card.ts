import { askedBy, cardDetail, cardHead } from '../engine/card-words.ts'
import { NO_PROGRESS, type Progress } from '../engine/progress.ts'
import type { JobView } from '../engine/view.ts'
import { isFinal } from '../job.ts'
import { waitingActions } from './end-actions.ts'
import type { Action, Message } from './platform.ts'

/** A job's line as a post: its head is news at every change, its detail goes with time. */
export function cardMessage(view: JobView, now: Date, progress: Progress = NO_PROGRESS): Message {
  const log: Action = { label: 'Log', command: `log ${view.id}` }
  const cancel: Action = { label: 'Cancel', command: `cancel ${view.id}`, style: 'danger' }
  const actions = isFinal(view.status) ? [log] : [...waitingActions(view), cancel, log]
  return { step: 'card', text: cardHead(view), detail: cardDetail(view, now, progress), footer: askedBy(view), actions }
}

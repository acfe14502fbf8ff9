import type { JobEvent, Step } from '../job.ts'
import { count, oneLine } from '../words.ts'

/** What a thread knows of a running job beyond its row: reduced from the log, nothing else is kept. */
export type Progress = {
  /** The agent's own checklist; empty where it keeps none. */
  steps: readonly Step[]
  /** What it does now, in words. */
  current: string | null
  /** How many tools it has used. */
  used: number
  /** What it asked and nobody has answered; `at` is ISO 8601 UTC. */
  question: { text: string; at: string } | null
}

export const NO_PROGRESS: Progress = { steps: [], current: null, used: 0, question: null }

/** A longer list is cut, so that the post stays within what every platform takes. */
const STEPS_SHOWN = 15
const LINE_CHARS = 100

/** Progress after one more log line. Thinking, results of tools and the program's own noise change nothing. */
export function advance(progress: Progress, event: JobEvent): Progress {
  if (event.parent !== undefined) return progress // a sub-agent's own steps: its one line is the call that began it
  switch (event.kind) {
    case 'tool_use':
      if (event.steps) return { ...progress, steps: event.steps }
      return { ...progress, current: event.text, used: progress.used + 1 }
    case 'retry':
      return { ...progress, current: event.text }
    case 'question':
      return { ...progress, question: { text: event.text, at: event.at } }
    case 'answer':
      // Without a question it was said into the running turn.
      return event.id === undefined ? progress : { ...progress, question: null }
    case 'status':
      // Back in the queue, or running again: an interruption. Its text says so until the next step is taken.
      return isInterruption(event) ? { ...progress, current: event.text } : progress
    default:
      return progress
  }
}

const isInterruption = ({ status, attempt }: JobEvent): boolean =>
  (status === 'queued' && attempt > 0) || (status === 'running' && attempt > 1)

/** What the progress post says: the checklist, and below it the current step. Empty while there is nothing to say. */
export function progressText({ steps, current }: Progress): string {
  return [...checklist(steps), ...(current === null ? [] : [oneLine(current, LINE_CHARS)])].join('\n')
}

/** What the progress post says once the job is over: nothing is going on any more. Without a step, what it said last. */
export function pastProgressText(progress: Progress): string {
  const { steps, used } = progress
  if (steps.length > 0) return checklist(steps).join('\n')
  return used > 0 ? count(used, 'step') : progressText(progress)
}

/** `2 of 5 steps done`; null without a checklist. */
export function stepsDone({ steps }: Progress): string | null {
  const done = steps.filter(step => step.state === 'done').length
  return steps.length === 0 ? null : `${done} of ${count(steps.length, 'step')} done`
}

/** The mark of a checklist's item; the words stand beside it. */
export const stepMark = (state: Step['state']): string => ({ open: '☐', doing: '▸', done: '☑' })[state]

function checklist(steps: readonly Step[]): string[] {
  const lines = steps.slice(0, STEPS_SHOWN).map(step => `${stepMark(step.state)} ${oneLine(step.text, LINE_CHARS)}`)
  const hidden = steps.length - lines.length
  return hidden > 0 ? [...lines, `… and ${hidden} more`] : lines
}

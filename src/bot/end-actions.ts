import type { Instruction } from '../engine/instructions/instruction.ts'
import type { Sooner } from '../engine/sooner.ts'
import type { JobView } from '../engine/view.ts'
import type { Action } from './platform.ts'

/** What can be done with a job that is over; `today` is its instruction as it is now, undefined when it is gone. */
export function endActions(view: JobView, today: Instruction | undefined): Action[] {
  const { id, status, reply, outputs } = view
  const log: Action = { label: 'Log', command: `log ${id}` }
  // A reply is no request of its own: it is said again, in its thread.
  const isRun = reply === null
  if (status === 'succeeded')
    return [
      { label: 'Reply', command: `reply ${id}`, input: { label: 'What next?' } },
      ...(isRun ? [{ label: 'Run again', command: `again ${id}` }] : []),
      ...(outputs.length > 0 ? [{ label: 'Use in…', command: `use ${id}` }] : []),
      { label: '👍', command: `like ${id}` },
      { label: '👎', command: `dislike ${id}`, input: { label: 'What should be better?', optional: true } },
      log,
    ]
  return [
    { label: 'Retry', command: `retry ${id}`, style: 'primary' },
    // Another attempt could have another version of its instruction.
    ...(today && today.sha !== view.instructionSha
      ? [{ label: "Retry with today's version", command: `retry ${id} --current` }]
      : []),
    ...(isRun && today?.inputs.length ? [{ label: 'Edit and retry', command: `edit ${id}` }] : []),
    { label: 'Resume', command: `resume ${id}` },
    log,
  ]
}

/** What can be done with a reply that waits behind another job. */
export const waitingActions = ({ id, sooner }: Pick<JobView, 'id' | 'sooner'>): Action[] =>
  sooner.map(way => ({ label: SOONER[way], command: `${way} ${id}` }))

const SOONER: Record<Sooner, string> = { now: 'Say it now', instead: 'Stop and send' }

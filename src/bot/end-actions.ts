import type { Instruction } from '../engine/instructions/instruction.ts'
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

/** What can be done with a reply that waits for a job which goes on. */
export const waitingActions = ({ id, inputs }: Pick<JobView, 'id' | 'inputs'>): Action[] => [
  // Files cannot be said into a turn.
  ...(Object.keys(inputs).length === 0 ? [{ label: 'Say it now', command: `now ${id}` }] : []),
  { label: 'Stop and send', command: `instead ${id}` },
]

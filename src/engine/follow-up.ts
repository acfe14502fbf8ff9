import type { Db } from '../db/connect.ts'
import { oweNext } from '../db/delivery.ts'
import { appendEvents } from '../db/event.ts'
import { keepInstructionVersion } from '../db/instruction-version.ts'
import { insertJob, type JobRow } from '../db/job.ts'
import { enqueue } from '../db/queue.ts'
import { BEHIND, lastJob, mustWait, nextTurn } from '../db/turn.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import { oneLine } from '../words.ts'
import { fileName } from './instructions/file-name.ts'
import type { Instruction } from './instructions/instruction.ts'
import { runnable } from './instructions/runnable.ts'
import type { KeptFile, Upload } from './instructions/upload.ts'
import { activeFor, type Interrupting, makeWay, sayInto } from './interrupt.ts'
import { assertQueueHasRoom } from './limits/queued.ts'
import { assertMaySubmit } from './people.ts'
import { readableJob } from './readable-job.ts'
import type { Sooner } from './sooner.ts'
import { freeId, type SubmitDeps } from './submit.ts'
import { dropUploads, INPUTS, keepUploads } from './workspace.ts'

/** What a person says to go on, and when it is heard while a job of the conversation goes on. */
export type Reply = {
  text: string
  files?: readonly Upload[]
  /** `queue`: after it, the default; `now`: in its running turn; `instead`: it is stopped first. */
  when?: 'queue' | Sooner | undefined
}

export type FollowUpDeps = SubmitDeps & Interrupting

const MAX_CHARS = 20_000
const MAX_FILES = 10
const TITLE_CHARS = 60

/**
 * Goes on with the conversation of a job, in its session and workspace. Gives the new job's id; with `said`, that of
 * the job that has heard it in its running turn: where none can, the reply waits its turn. Throws a UserError when it
 * does not fit, or is not for this person; then nothing was done.
 */
export async function followUp(
  deps: FollowUpDeps,
  id: string,
  reply: Reply,
  by: Person,
): Promise<{ job: string; said: boolean }> {
  const person = await deps.asking(by)
  const job = await readableJob(deps.db, id, person)
  assertMaySubmit(person)
  const text = checkedText(reply)
  const instruction = runnable(deps.instructions(), job.instruction, { ...by, place: job.place })
  const { when = 'queue', files = [] } = reply
  const active = when === 'queue' ? null : await activeFor(deps, job.conversation, by)
  if (when === 'now' && active && (await sayInto(deps, active.id, text, by))) return { job: active.id, said: true }
  const made = await makeFollowUp(deps, { job, instruction, text, files, by })
  if (when === 'instead' && active) await makeWay(deps, active.id, { id: made, conversation: job.conversation }, by)
  deps.wakeup.notify('queue')
  return { job: made, said: false }
}

function checkedText({ text, files = [], when }: Reply): string {
  if (text.trim() === '' && files.length === 0) throw new UserError('Your reply is empty: say what is to be done.')
  if (text.length > MAX_CHARS)
    throw new UserError(`Your reply has more than ${MAX_CHARS} characters. Attach the long part as a file.`)
  if (files.length > MAX_FILES) throw new UserError(`A reply takes ${MAX_FILES} files at most; nothing was started.`)
  if (when === 'now' && files.length > 0)
    throw new UserError('Files cannot be said into a running turn. Send the reply to wait its turn, or without files.')
  return text.trim() || 'Look at the files.'
}

type NewFollowUp = { job: JobRow; instruction: Instruction; text: string; files: readonly Upload[]; by: Person }

async function makeFollowUp(deps: FollowUpDeps, { files, ...made }: NewFollowUp): Promise<string> {
  const id = await freeId(deps.db)
  const taken = new Set<string>()
  const named = files.map(file => ({ name: fileName(file.name, taken), open: () => file.open() }))
  try {
    // In a folder of its own, so that no file of an earlier job is overwritten.
    const kept = await keepUploads(deps.folders, id, named, `${INPUTS}/${id}`)
    await deps.commit(trx => insertFollowUp(trx, deps, { ...made, id, kept }))
    return id
  } catch (error) {
    await dropUploads(deps.folders, id)
    throw error
  }
}

async function insertFollowUp(
  trx: Db,
  { clock, redact, limits }: FollowUpDeps,
  { id, job, instruction, text, kept, by }: Omit<NewFollowUp, 'files'> & { id: string; kept: KeptFile[] },
): Promise<void> {
  const { conversation, place } = job
  const last = await lastJob(trx, conversation)
  if (!last) throw new UserError(`Job \`${job.id}\` was just removed, because it is old. Ask for a new one.`)
  const now = clock.now()
  const at = now.toISOString()
  const { sha, name, source } = instruction
  const waits = await mustWait(trx, conversation)
  await assertQueueHasRoom(trx, await limits(trx), { actor: by.actor, place, instruction: name })
  await keepInstructionVersion(trx, { sha, name, source, at })
  await insertJob(trx, {
    ...{ id, conversation, place, parent: last.id, turn: await nextTurn(trx, conversation), reply: text },
    ...{ actor: by.actor, actor_name: by.actorName, origin: by.platform },
    ...{ instruction: name, instruction_sha: sha, title: oneLine(redact(text), TITLE_CHARS) },
    inputs: JSON.stringify(kept.length > 0 ? { files: kept } : {}),
    ...{ priority: 0, cause: 'submit', hold_reason: waits ? BEHIND : null, created_at: at },
  })
  if (!waits) await enqueue(trx, { id, actor: by.actor, place, instruction: name, priority: 0 }, now)
  await oweNext(trx, { ...job, ...last }, { id, round: 1, at })
  await appendEvents(trx, id, 0, [{ kind: 'status', status: 'queued', text: 'queued', at }])
}

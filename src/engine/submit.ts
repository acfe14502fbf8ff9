import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { insertConversation, type NewFolders } from '../db/conversation.ts'
import { appendEvents } from '../db/event.ts'
import { keepInstructionVersion } from '../db/instruction-version.ts'
import { findJob, insertJob } from '../db/job.ts'
import { enqueue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import { newJobId, type Origin } from '../job.ts'
import { type Redact, redactAll } from '../redact.ts'
import type { Agent } from './agent.ts'
import { useKey } from './idempotency.ts'
import { checkInputs } from './instructions/check-inputs.ts'
import type { InputValues, KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions } from './instructions/instruction.ts'
import { runnable } from './instructions/runnable.ts'
import { titleOf } from './instructions/title.ts'
import type { KeptFile } from './instructions/upload.ts'
import type { Limits } from './limits/names.ts'
import { assertQueueHasRoom } from './limits/queued.ts'
import { dropUploads, type Folders, keepUploads } from './workspace.ts'

/** What is asked for: an instruction by name, its inputs as given (files as uploads), and who asked where. */
export type Submission = {
  instruction: string
  inputs: Readonly<Record<string, unknown>>
  origin: Origin
  /** A step puts it before others by five minutes of waiting; 0 unless given. */
  priority?: number
  /** It does not start before then. */
  notBefore?: Date
  /** The asker's own name for this request: the same one within 7 days gives the job that it made. */
  idempotencyKey?: string
}

export type SubmitDeps = {
  db: Db
  commit: Commit
  clock: Clock
  folders: Folders
  host: string
  agent: Pick<Agent, 'name'>
  redact: Redact
  instructions: () => Instructions
  limits(db: Db): Promise<Limits>
}

/**
 * Checks a submission, keeps its files and makes the job with its queue row in one transaction. Gives the job's id.
 * Throws a UserError that names every problem, and then nothing is kept; its kind is `conflict` when the idempotency
 * key stands for another request. `also` writes in the transaction that makes the job, and may forbid it by a throw.
 */
export async function submitJob(deps: SubmitDeps, submission: Submission, also?: Also): Promise<string> {
  const { instruction: name, inputs, origin } = submission
  const instruction = runnable(deps.instructions(), name, origin)
  const checked = checkInputs(instruction.inputs, inputs)
  if (!checked.ok)
    throw new UserError(checked.problems.map(({ message }) => message).join('\n'), { problems: checked.problems })
  const id = await freeId(deps.db)
  try {
    const values = await keepValues(deps.folders, id, checked.values)
    const made = await deps.commit(trx => insertOnce(trx, deps, { id, instruction, values, submission, also }))
    if (made !== id) await dropUploads(deps.folders, id)
    return made
  } catch (error) {
    await dropUploads(deps.folders, id)
    throw error
  }
}

/** An id that no job has; at a million jobs one in a million is taken, and then the next is tried. */
export async function freeId(db: Db): Promise<string> {
  for (;;) {
    const id = newJobId()
    if (!(await findJob(db, id))) return id
  }
}

async function keepValues(folders: Folders, job: string, values: InputValues): Promise<KeptValues> {
  const uploads = Object.values(values).flatMap(value => (Array.isArray(value) ? value : []))
  const kept = await keepUploads(folders, job, uploads)
  const byName = new Map<string, KeptFile>(kept.map(file => [file.name, file]))
  const keptOf = (name: string): KeptFile[] => [byName.get(name)].filter(file => file !== undefined)
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.flatMap(upload => keptOf(upload.name)) : value,
    ]),
  )
}

type Also = (trx: Db, id: string) => Promise<void>

type NewSubmission = {
  id: string
  instruction: Instruction
  values: KeptValues
  submission: Submission
  also: Also | undefined
}

/** Makes the job unless its idempotency key made one before; gives the id of that one then. */
async function insertOnce(trx: Db, deps: SubmitDeps, made: NewSubmission): Promise<string> {
  const { id, instruction, values, submission } = made
  const { idempotencyKey: key, origin, priority = 0, notBefore = null } = submission
  if (key !== undefined) {
    const request = [instruction.name, values, priority, notBefore] // files count by their content
    const before = await useKey(trx, { key: `${origin.actor} ${key}`, job: id, request, now: deps.clock.now() })
    if (before !== null) return before
  }
  await assertQueueHasRoom(trx, await deps.limits(trx), { ...origin, instruction: instruction.name })
  await insert(trx, deps, made)
  await made.also?.(trx, id)
  return id
}

async function insert(
  trx: Db,
  deps: SubmitDeps,
  { id, instruction, values, submission }: NewSubmission,
): Promise<void> {
  const { origin, priority = 0, notBefore } = submission
  const now = deps.clock.now()
  const at = now.toISOString()
  const conversation = randomUUID()
  const held = notBefore !== undefined && notBefore > now
  await keepInstructionVersion(trx, { sha: instruction.sha, name: instruction.name, source: instruction.source, at })
  await insertConversation(trx, { ...foldersOf(deps, conversation), place: origin.place, ref: origin.ref, at })
  await insertJob(trx, {
    id,
    conversation,
    parent: null,
    actor: origin.actor,
    actor_name: origin.actorName,
    place: origin.place,
    origin: origin.platform,
    instruction: instruction.name,
    instruction_sha: instruction.sha,
    title: titleOf(instruction, redactAll(values, deps.redact)),
    inputs: JSON.stringify(values),
    priority,
    cause: 'submit',
    hold_reason: held ? 'not-before' : null,
    hold_until: held ? notBefore.toISOString() : null,
    created_at: at,
  })
  const { actor, place } = origin
  if (!held) await enqueue(trx, { id, actor, place, instruction: instruction.name, priority }, now)
  await appendEvents(trx, id, 0, [{ kind: 'status', status: 'queued', text: 'queued', at }])
}

/** The workspace and the session of a conversation, both of this id. */
export const foldersOf = (
  { folders, host, agent }: Pick<SubmitDeps, 'folders' | 'host' | 'agent'>,
  id: string,
): NewFolders => ({
  ...{ id, host, agent: agent.name },
  workspaceUri: `file:${join(folders.workspaces, id)}`,
  sessionStore: `file:${join(folders.sessions, id)}`,
})

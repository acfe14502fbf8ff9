import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { appendAudit } from '../db/audit.ts'
import type { Db } from '../db/connect.ts'
import { renewFolders } from '../db/conversation.ts'
import { oweNext } from '../db/delivery.ts'
import { appendEvents } from '../db/event.ts'
import { keepInstructionVersion } from '../db/instruction-version.ts'
import { findJob, type JobRow, reopenJob } from '../db/job.ts'
import { enqueue } from '../db/queue.ts'
import { activeJob, BEHIND, lastJob, mustWait } from '../db/turn.ts'
import { UserError } from '../errors.ts'
import { canReopen, type Person } from '../job.ts'
import { type Asking, mayChange } from './access.ts'
import { frozenInstruction } from './claim.ts'
import { mayRun, refusal } from './instructions/allow.ts'
import { checkInputs } from './instructions/check-inputs.ts'
import type { KeptValues } from './instructions/inputs.ts'
import type { Instruction } from './instructions/instruction.ts'
import { assertQueueHasRoom } from './limits/queued.ts'
import { readableJob } from './readable-job.ts'
import { foldersOf, type SubmitDeps } from './submit.ts'
import type { Wakeup } from './wakeup.ts'

export type ReopenDeps = SubmitDeps & { wakeup: Wakeup; asking(person: Person): Promise<Asking> }

/**
 * How a person takes a job back to the queue: `resume` in the same session and workspace, `retry` afresh; with `current`
 * by the instruction as it is today.
 */
export type Reopening = { cause: 'retry' | 'resume'; current?: boolean | undefined }

/**
 * Takes a job that has ended without success back to the queue for a further attempt. Throws a UserError: `conflict`
 * when its status does not allow it or the conversation has gone on, `forbidden` when it is not for this person.
 */
export async function reopen(deps: ReopenDeps, id: string, how: Reopening, by: Person): Promise<void> {
  const { db, clock } = deps
  const person = await deps.asking(by)
  const job = await readableJob(db, id, person)
  if (!mayChange(job, person))
    throw new UserError(`Only ${job.actor_name} may ${how.cause} this job.`, { kind: 'forbidden' })
  const instruction = await instructionFor(deps, job, how, by)
  const inputs = how.current && job.reply === null ? fitted(instruction, job) : job.inputs
  await deps.commit(async trx => {
    await assertReopens(trx, job, how)
    await assertQueueHasRoom(trx, await deps.limits(trx), job)
    const at = clock.now().toISOString()
    const { sha, name, source } = instruction
    await keepInstructionVersion(trx, { sha, name, source, at })
    const waits = await mustWait(trx, job.conversation)
    const change = { cause: how.cause, instruction_sha: sha, inputs, hold_reason: waits ? BEHIND : null }
    if (!(await reopenJob(trx, id, change))) throw new Error(`job ${id} did not reopen`)
    if (how.cause === 'retry') await renewFolders(trx, job.conversation, foldersOf(deps, randomUUID()))
    if (!waits) await enqueue(trx, job, clock.now())
    await oweNext(trx, job, { id, round: job.round + 1, at })
    const text = `${by.actorName} asked for ${how.cause === 'retry' ? 'another try' : 'it to go on'}${versionWords(job, sha)}`
    await appendEvents(trx, id, job.attempt, [{ kind: 'status', status: 'queued', text, at }])
    const detail = { version: how.current ? 'current' : 'own' }
    await appendAudit(trx, by, { at, action: how.cause, target: `job:${id}`, detail })
  })
  deps.wakeup.notify(id)
  deps.wakeup.notify('queue')
}

const versionWords = ({ instruction, instruction_sha }: JobRow, sha: string): string =>
  sha === instruction_sha ? '' : `, with \`${instruction}\` as it is today`

/** Looks again inside the transaction: a reply or another person may have come in between. */
async function assertReopens(trx: Db, { id, conversation }: JobRow, { cause }: Reopening): Promise<void> {
  const job = await findJob(trx, id)
  if (!job || !canReopen(job.status)) {
    const why =
      job?.status === 'succeeded' ? 'has succeeded: run it again, or reply to it' : `is ${job?.status ?? 'gone'}`
    throw new UserError(`Job \`${id}\` ${why}. Nothing was changed.`, { kind: 'conflict' })
  }
  if (job.said_into !== null)
    throw new UserError(`Job \`${job.said_into}\` has heard this reply: go on from that one.`, { kind: 'conflict' })
  if ((await lastJob(trx, conversation))?.id !== id)
    throw new UserError(`The conversation of job \`${id}\` has gone on since. Reply to its last job.`, {
      kind: 'conflict',
    })
  if (cause === 'retry') await assertUnused(trx, job)
}

/** A retry would throw away the workspace and the session in which somebody works, or a job before it. */
async function assertUnused(trx: Db, { conversation, held_by }: JobRow): Promise<void> {
  const active = await activeJob(trx, conversation)
  const who = active === null ? held_by && `${held_by} has the session open in a terminal` : `Job \`${active}\` goes on`
  if (who) throw new UserError(`${who}: retry it after that, or resume it.`, { kind: 'conflict' })
}

/** Its own frozen version, or today's; who may run is what the file says today, where there is one. */
async function instructionFor(deps: ReopenDeps, job: JobRow, how: Reopening, by: Person): Promise<Instruction> {
  const today = deps.instructions().byName.get(job.instruction)
  if (how.current && !today)
    throw new UserError(`There is no instruction \`${job.instruction}\` any more. Retry without its current version.`)
  const chosen = (how.current && today) || (await frozenInstruction(deps.db, job, deps.instructions()))
  const rules = today ?? chosen
  const who = { actor: by.actor, roles: by.roles ?? [], place: job.place }
  if (!mayRun(rules, who)) throw new UserError(refusal(rules, who), { kind: 'forbidden' })
  return chosen
}

/** The inputs as the instruction wants them today; throws a UserError that names each one that does not fit. */
function fitted({ inputs }: Instruction, job: JobRow): string {
  const kept = JSON.parse(job.inputs) as KeptValues
  const known = Object.entries(kept).filter(([name]) => inputs.some(input => input.name === name))
  const raw = known.map(([name, value]) => [name, Array.isArray(value) ? value.map(asUpload) : value])
  const checked = checkInputs(inputs, Object.fromEntries(raw))
  if (!checked.ok) {
    const why = checked.problems.map(({ message }) => message).join('\n')
    throw new UserError(`The instruction asks for something else today: use Edit and retry.\n${why}`, {
      problems: checked.problems,
    })
  }
  const values = Object.entries(checked.values).map(([name, value]) => [
    name,
    Array.isArray(value) ? kept[name] : value,
  ])
  return JSON.stringify(Object.fromEntries(values))
}

/** A kept file as something to be checked; nobody reads it. */
const asUpload = ({ name }: { name: string }) => ({ name, open: () => Readable.from([]) })

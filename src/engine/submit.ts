import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { insertConversation } from '../db/conversation.ts'
import { appendEvents } from '../db/event.ts'
import { keepInstructionVersion } from '../db/instruction-version.ts'
import { findJob, insertJob } from '../db/job.ts'
import { enqueue } from '../db/queue.ts'
import { UserError } from '../errors.ts'
import { newJobId, type Origin } from '../job.ts'
import type { Agent } from './agent.ts'
import { mayRun, refusal, type Who } from './instructions/allow.ts'
import { checkInputs } from './instructions/check-inputs.ts'
import type { InputValues, KeptValues } from './instructions/inputs.ts'
import type { Instruction, Instructions, KeptFile } from './instructions/instruction.ts'
import { titleOf } from './instructions/title.ts'
import { dropUploads, type Folders, keepUploads } from './workspace.ts'

/** What is asked for: an instruction by name, its inputs as given (files as uploads), and who asked where. */
export type Submission = { instruction: string; inputs: Readonly<Record<string, unknown>>; origin: Origin }

export type SubmitDeps = {
  db: Db
  commit: Commit
  clock: Clock
  folders: Folders
  host: string
  agent: Pick<Agent, 'name'>
  instructions: () => Instructions
}

/**
 * Checks a submission, keeps its files and makes the job with its queue row in one transaction. Gives the job's id.
 * Throws a UserError that names every problem, and then nothing is kept.
 */
export async function submitJob(deps: SubmitDeps, { instruction: name, inputs, origin }: Submission): Promise<string> {
  const who = { actor: origin.actor, roles: origin.roles ?? [], place: origin.place }
  const instruction = deps.instructions().byName.get(name)
  if (!instruction) throw new UserError(unknownInstruction(name, deps.instructions(), who))
  if (!mayRun(instruction, who)) throw new UserError(refusal(instruction, who))
  const checked = checkInputs(instruction.inputs, inputs)
  if (!checked.ok) throw new UserError(checked.problems.map(({ message }) => message).join('\n'))
  const id = await freeId(deps.db)
  try {
    const values = await keepValues(deps.folders, id, checked.values)
    await insert(deps, id, instruction, values, origin)
    return id
  } catch (error) {
    await dropUploads(deps.folders, id)
    throw error
  }
}

/** An id that no job has; at a million jobs one in a million is taken, and then the next is tried. */
async function freeId(db: Db): Promise<string> {
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

async function insert(
  deps: SubmitDeps,
  id: string,
  instruction: Instruction,
  values: KeptValues,
  origin: Origin,
): Promise<void> {
  const now = deps.clock.now()
  const at = now.toISOString()
  const conversation = randomUUID()
  await deps.commit(async trx => {
    await keepInstructionVersion(trx, { sha: instruction.sha, name: instruction.name, source: instruction.source, at })
    await insertConversation(trx, {
      id: conversation,
      place: origin.place,
      ref: origin.ref,
      host: deps.host,
      workspaceUri: `file:${join(deps.folders.workspaces, conversation)}`,
      agent: deps.agent.name,
      sessionStore: `file:${join(deps.folders.sessions, conversation)}`,
      at,
    })
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
      title: titleOf(instruction, values),
      inputs: JSON.stringify(values),
      priority: 0,
      cause: 'submit',
      created_at: at,
    })
    await enqueue(trx, { job: id, lane: origin.actor, actor: origin.actor, orderKey: now.getTime() })
    await appendEvents(trx, id, 0, [{ kind: 'status', status: 'queued', text: 'queued', at }])
  })
}

function unknownInstruction(name: string, { byName, mistakes }: Instructions, who: Who): string {
  const broken = mistakes.find(({ file }) => file === `${name}.md`)
  if (broken) return `\`${name}\` cannot run now: ${broken.file}, line ${broken.line}: ${broken.message}`
  const known = [...byName.values()]
    .filter(instruction => mayRun(instruction, who))
    .map(instruction => instruction.name)
  const offered = known.length > 0 ? `There are: ${known.sort().join(', ')}.` : 'There is none for you here.'
  return `There is no instruction \`${name}\`. ${offered}`
}

import { eventsAfter, lastSeq } from '../db/event.ts'
import { mayChange } from '../engine/access.ts'
import { runnableBy, type Who } from '../engine/instructions/allow.ts'
import type { Instructions } from '../engine/instructions/instruction.ts'
import { UserError } from '../errors.ts'
import { answerQuestion } from './answer-question.ts'
import { type AnswerDeps, personOf, type Reply, seenJob } from './answering.ts'
import type { Command } from './commands.ts'
import { goOn } from './go-on.ts'
import { GO_ON_VERBS, type GoOnCommand } from './go-on-commands.ts'
import { limitsText } from './limits-text.ts'
import { loginText } from './login.ts'
import { type Request, whoAsks } from './platform.ts'
import { cancelWords, filesText, helpText, instructionHelp, jobsText, logText, statusText } from './replies.ts'
import { runCommand } from './run-command.ts'
import { answerSchedule } from './schedule-answer.ts'

const JOBS_SHOWN = 10
const LOG_LINES = 20

/** Does what was asked and gives what the asker alone is told; null when the thread says all. Throws UserErrors. */
export async function answer(command: Command, request: Request, deps: AnswerDeps): Promise<Reply | null> {
  if (command.kind === 'run') return await runCommand(command, request, deps)
  if (command.kind === 'schedule')
    return await answerSchedule(command, request, { ...deps, person: personOf(request, deps.platform) })
  if (isGoOn(command)) return await goOn(command, request, deps)
  return { text: await answerText(command, request, deps) }
}

const isGoOn = (command: Command): command is GoOnCommand => GO_ON_VERBS.some(verb => verb === command.kind)

async function limitsOf(request: Request, { engine, clock }: AnswerDeps): Promise<string> {
  const may = runnableBy(engine.instructions(), whoAsks(request)).map(({ name }) => name)
  const when = { now: clock.now(), zone: engine.schedules.defaultTimezone }
  return limitsText(await engine.limits(), { ...request, may }, when)
}

async function answerText(
  command: Exclude<Command, { kind: 'run' | 'schedule' } | GoOnCommand>,
  request: Request,
  deps: AnswerDeps,
): Promise<string> {
  const { engine, db, clock } = deps
  switch (command.kind) {
    case 'help':
      return helpOf(command.instruction, engine.instructions(), whoAsks(request))
    case 'limits':
      return await limitsOf(request, deps)
    case 'jobs':
      return jobsText((await engine.jobs({ place: request.place, limit: JOBS_SHOWN })).jobs, clock.now())
    case 'login':
      return await loginText(request, personOf(request, deps.platform), deps)
    case 'status':
      return statusText(await seenJob(command.id, request, deps), clock.now())
    case 'files':
      return filesText(await seenJob(command.id, request, deps), deps.linkTo)
    case 'log': {
      const view = await seenJob(command.id, request, deps)
      const from = Math.max(0, (await lastSeq(db, view.id)) - LOG_LINES)
      return logText(view, await eventsAfter(db, view.id, from, LOG_LINES))
    }
    case 'cancel':
      return await cancel(command.id, request, deps)
    case 'answer':
    case 'approve':
    case 'deny':
      return await answerQuestion(command, request, deps)
    case 'unknown':
      throw new UserError(unknownWords(command, request))
    case 'problem':
      throw new UserError(command.text)
  }
}

async function cancel(id: string, request: Request, deps: AnswerDeps): Promise<string> {
  const view = await seenJob(id, request, deps)
  const { engine, platform } = deps
  if (!mayChange(view, await engine.asking(personOf(request, platform))))
    throw new UserError(`Only ${view.actorName} may cancel this job.`)
  const after = await engine.cancel(id, personOf(request, platform))
  return cancelWords(after)
}

function unknownWords(
  { word, suggestion }: Extract<Command, { kind: 'unknown' }>,
  { isWritten }: Pick<Request, 'isWritten'>,
): string {
  const meant = suggestion === undefined ? '' : ` Did you mean \`${suggestion}\`?`
  const goesOn = isWritten ? ' To go on with a job, reply to one of its posts.' : ''
  return `I do not know \`${word}\`.${meant} \`errand help\` says what can be run.${goesOn}`
}

function helpOf(name: string | undefined, instructions: Instructions, who: Who): string {
  const instruction = name === undefined ? undefined : instructions.byName.get(name)
  return instruction ? instructionHelp(instruction) : helpText(instructions, who)
}

import { type FormValues, type Use, usesOf, valuesOf } from '../engine/again.ts'
import { cardHead, subject } from '../engine/card-words.ts'
import type { Instruction } from '../engine/instructions/instruction.ts'
import type { JobView } from '../engine/view.ts'
import { UserError } from '../errors.ts'
import { oneLine } from '../words.ts'
import { type AnswerDeps, personOf, type Reply, seenJob } from './answering.ts'
import { formOf } from './form.ts'
import type { GoOnCommand } from './go-on-commands.ts'
import { type Request, whoAsks } from './platform.ts'
import { quoteValue } from './quotes.ts'
import { heardWords } from './replies.ts'
import { runCommand } from './run-command.ts'

/** More would not be looked through. */
const FILES_OFFERED = 15

/** Goes on after a job; gives what the asker alone is told, null when the thread says all. Throws UserErrors. */
export async function goOn(command: GoOnCommand, request: Request, deps: AnswerDeps): Promise<Reply | null> {
  const { engine, platform } = deps
  const { id } = command
  const person = personOf(request, platform)
  if (command.kind === 'retry' || command.kind === 'resume' || command.kind === 'reply')
    await assertMayPost(id, request, deps)
  switch (command.kind) {
    case 'retry':
      return await told(await engine.reopen(id, { cause: 'retry', current: command.current }, person), deps)
    case 'resume':
      return await told(await engine.reopen(id, { cause: 'resume' }, person), deps)
    case 'reply': {
      const { text, when } = command
      const { job, said } = await engine.followUp(id, { text, when, files: request.files }, person)
      return said ? { text: heardWords(job) } : await told(job, deps)
    }
    case 'now':
    case 'instead': {
      const job = await engine.hasten(id, command.kind, person)
      if (command.kind === 'now') return { text: heardWords(job) }
      const waits = job.sooner.length > 0 // else nothing runs that could make way
      return { text: waits ? `I am making way for ${subject(job)}.` : `${cardHead(job)}.` }
    }
    case 'like':
    case 'dislike': {
      const { words } = command
      const job = await engine.rate(id, { good: command.kind === 'like', words }, person)
      return rated(job, command.kind, words)
    }
    case 'again': {
      const view = await withInputs(id, request, deps)
      return await runCommand({ kind: 'run', instruction: view.instruction, inputs: valuesOf(view) }, request, deps)
    }
    case 'edit':
      return await edit(await withInputs(id, request, deps), request, deps)
    case 'use':
      return await use(await seenJob(id, request, deps), command, request, deps)
  }
}

/** What begins is told in the thread of the job: where that is here, the bot has to be able to. */
async function assertMayPost(id: string, request: Request, deps: AnswerDeps): Promise<void> {
  const { place } = await seenJob(id, request, deps)
  if (place === request.place) await request.mayPost?.()
}

/** The thread tells the rest, unless it cannot. */
async function told(view: JobView, { open }: AnswerDeps): Promise<Reply | null> {
  if (await open(view)) return null
  return { text: `I could not post in that thread; \`errand status ${view.id}\` shows how job ${view.id} goes.` }
}

function rated(view: JobView, kind: 'like' | 'dislike', words: string | undefined): Reply {
  const text = `Noted for ${subject(view)}: ${kind === 'like' ? '👍' : '👎'}${words ? ` ${words}` : ''}`
  const input = { label: 'In a sentence' }
  return words ? { text } : { text, actions: [{ label: 'Say why', command: `${kind} ${view.id}`, input }] }
}

async function withInputs(id: string, request: Request, deps: AnswerDeps): Promise<JobView> {
  const view = await seenJob(id, request, deps)
  if (view.reply === null) return view
  throw new UserError(`Job \`${id}\` is a reply: say it again in its thread, or run the first job of it again.`)
}

function instructionOf(name: string, { engine }: AnswerDeps): Instruction {
  const found = engine.instructions().byName.get(name)
  if (!found) throw new UserError(`There is no instruction \`${name}\` any more. \`errand help\` lists them.`)
  return found
}

async function edit(view: JobView, request: Request, deps: AnswerDeps): Promise<Reply | null> {
  const instruction = instructionOf(view.instruction, deps)
  if (instruction.inputs.length > 0) return await fillIn(instruction, valuesOf(view), request, `edit ${view.id}`)
  throw new UserError(
    `\`${instruction.name}\` asks for nothing that could be changed: \`errand again ${view.id}\` runs it.`,
  )
}

/** Opens a form with the values, or says how it is done without one; `command` opens it from a button. */
async function fillIn(
  instruction: Instruction,
  values: FormValues,
  { openForm }: Request,
  command: string,
): Promise<Reply | null> {
  if (openForm) {
    await openForm(formOf(instruction, values))
    return null
  }
  const words = Object.entries(values).flatMap(([input, value]) =>
    String(value)
      .split(/\n(?=job:)/)
      .map(part => `${input}=${quoteValue(part)}`),
  )
  const text = `Change what you like, and send it: \`errand ${[instruction.name, ...words].join(' ')}\``
  return { text, actions: [{ label: 'Fill in', command, style: 'primary' }] }
}

async function use(
  view: JobView,
  { instruction: wanted, path }: Extract<GoOnCommand, { kind: 'use' }>,
  request: Request,
  { engine }: AnswerDeps,
): Promise<Reply | null> {
  const paths = view.outputs.map(output => output.path).filter(one => path === undefined || one === path)
  if (path !== undefined && paths.length === 0)
    throw new UserError(
      `There is no file \`${oneLine(path, 80)}\` of ${subject(view)}: \`errand files ${view.id}\` lists them.`,
    )
  const uses = usesOf(view, engine.instructions(), whoAsks(request), paths)
  const chosen = uses.find(({ instruction }) => instruction.name === wanted)
  if (chosen && chosen.oneOf.length > 0) return whichFile(chosen, `use ${view.id} ${wanted}`)
  const named = path === undefined ? '' : ` ${quoteValue(path)}`
  if (chosen) return await fillIn(chosen.instruction, chosen.values, request, `use ${view.id} ${wanted}${named}`)
  if (uses.length === 0) throw new UserError(`Nothing that you may run here takes a file of ${subject(view)}.`)
  const lines = uses.map(
    ({ instruction: { name, description } }) => `\`errand use ${view.id} ${name}\` — ${description}`,
  )
  return {
    text: [wanted ? `\`${wanted}\` takes none of these files.` : 'Use it in:', ...lines].join('\n'),
    actions: uses.map(({ instruction: { name } }) => ({ label: name, command: `use ${view.id} ${name}` })),
  }
}

/** Asks which file is meant where the instruction takes one and several fit. */
function whichFile({ instruction, oneOf }: Use, command: string): Reply {
  const files = oneOf.slice(0, FILES_OFFERED).map(path => ({ label: path, command: `${command} ${quoteValue(path)}` }))
  const rest =
    oneOf.length > files.length ? [`These are ${files.length} of ${oneOf.length}; any other is named alike.`] : []
  const lines = files.map(({ command: words }) => `\`errand ${words}\``)
  return { text: [`\`${instruction.name}\` takes one file. Which one?`, ...lines, ...rest].join('\n'), actions: files }
}

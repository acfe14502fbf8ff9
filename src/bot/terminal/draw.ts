import { relative } from 'node:path'
import { size } from '../../words.ts'
import type { Action, Message, PostFile } from '../platform.ts'
import { type Line, linesOf } from './line.ts'

const INDENT = '  '

/** How posts are drawn: `inPlace` with what holds for a moment only, paths as seen from `cwd`. */
export type Drawing = { inPlace: boolean; cwd: string }

/** A post as lines: a card at the margin with its footer indented, what stands in its thread indented. */
export function drawPost(message: Message, drawing: Drawing): Line[] {
  const isCard = message.step === 'card'
  const text = drawing.inPlace ? message.text + (message.detail ?? '') : message.text
  const tone = isCard ? 'strong' : message.step === 'progress' ? 'quiet' : 'plain'
  // A question's commands are what it is there for; others are shown where they can be taken away again.
  const says = drawing.inPlace || message.step === 'question'
  const notes = [message.footer, says ? actionWords(message) : undefined]
  return [
    ...linesOf(text, tone, isCard ? '' : INDENT),
    ...notes.filter(note => note !== undefined).flatMap(note => linesOf(note, 'quiet', INDENT)),
    ...fileLines(message.files ?? [], drawing.cwd),
  ]
}

/** Lines that say something new: those that did not stand there before. */
export function newLines(before: readonly Line[], after: readonly Line[]): Line[] {
  const known = new Set(before.map(line => line.text))
  return after.filter(line => !known.has(line.text))
}

/** There are no buttons here: the commands that do the same, those of a question with what each means. */
function actionWords({ step, actions = [] }: Message): string | undefined {
  if (actions.length === 0) return undefined
  if (step !== 'question') return actions.map(({ command }) => `errand ${command}`).join(' · ')
  return actions.map(action => `${action.label}: errand ${action.command}${placeholdersOf(action)}`).join('\n')
}

const placeholdersOf = ({ input, options = [] }: Action): string =>
  input ? ` "<${input.label.toLowerCase()}>"` : options.map(({ label }) => ` "${label}"`).join('')

/** Files as a table: name, size, and where the copy lies, which a person can open. */
function fileLines(files: readonly PostFile[], cwd: string): Line[] {
  const names = Math.max(0, ...files.map(file => file.name.length))
  return files.flatMap(file => {
    const where = 'file' in file ? pathFrom(cwd, file.file) : ''
    const line = `${file.name.padEnd(names)}  ${size(file.bytes).padStart(8)}  ${where}`.trimEnd()
    return linesOf(line, 'plain', INDENT + INDENT)
  })
}

/** The shorter way to a file: from here where it lies below, else from the root. */
function pathFrom(cwd: string, file: string): string {
  const path = relative(cwd, file)
  return path.startsWith('..') ? file : path
}

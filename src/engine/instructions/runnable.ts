import { UserError } from '../../errors.ts'
import type { Person } from '../../job.ts'
import { nearest } from '../../nearest.ts'
import { oneLine } from '../../words.ts'
import { mayRun, refusal, runnableBy, type Who } from './allow.ts'
import type { Instruction, Instructions } from './instruction.ts'

/** Why an instruction whose file has a mistake cannot run; null for a name that has none. */
export function brokenWords(name: string, { mistakes }: Pick<Instructions, 'mistakes'>): string | null {
  const broken = mistakes.find(({ file }) => file === `${name}.md`)
  return broken ? `\`${name}\` cannot run now: ${broken.file}, line ${broken.line}: ${broken.message}` : null
}

/** True for the name of an instruction that there is, also where its file has a mistake just now. */
export const isThere = (name: string, instructions: Instructions): boolean =>
  instructions.byName.has(name) || brokenWords(name, instructions) !== null

/** What somebody is told who names an instruction that is not loaded: its mistake, the one that was likely meant, or which there are for them. */
export function absentWords(name: string, instructions: Instructions, who: Who): string {
  const names = runnableBy(instructions, who)
    .map(instruction => instruction.name)
    .sort()
  return brokenWords(name, instructions) ?? absentName(name, names)
}

/** That there is none of this name, with the one of these that was likely meant, or all of them. */
export function absentName(name: string, names: readonly string[]): string {
  const absent = `There is no instruction \`${oneLine(name, 40)}\``
  const meant = nearest(name, names)
  const offered = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There is none for you here.'
  return meant ? `${absent}: did you mean \`${meant}\`?` : `${absent}. ${offered}`
}

/** The instruction as it is today; throws a UserError when there is none, or this person may not run it there. */
export function runnable(
  instructions: Instructions,
  name: string,
  { actor, roles = [], place }: Pick<Person, 'actor' | 'roles' | 'place'>,
): Instruction {
  const who = { actor, roles, place }
  const found = instructions.byName.get(name)
  if (!found) throw new UserError(absentWords(name, instructions, who))
  if (!mayRun(found, who)) throw new UserError(refusal(found, who))
  return found
}

import { ADMIN_ROLE } from '../../job.ts'
import type { Instruction, Instructions } from './instruction.ts'

/** Who asks and where, as keys: `user:slack:U024`, `role:discord:77`, `channel:discord:98`. */
export type Who = { actor: string; roles: readonly string[]; place: string }

/** True when this person may run the instruction in this place; an admin may everywhere. */
export const mayRun = (instruction: Pick<Instruction, 'allow'>, who: Who): boolean =>
  who.roles.includes(ADMIN_ROLE) || (isPersonAllowed(instruction, who) && isPlaceAllowed(instruction, who))

/** Every instruction that this person may run in this place. */
export const runnableBy = ({ byName }: Pick<Instructions, 'byName'>, who: Who): Instruction[] =>
  [...byName.values()].filter(instruction => mayRun(instruction, who))

/**
 * Why somebody who may not run it may not, with the remedy. Where it may be run is told only to those who may run it
 * there, and who else may is told to nobody.
 */
export function refusal(instruction: Pick<Instruction, 'name' | 'allow'>, who: Who): string {
  if (!isPersonAllowed(instruction, who))
    return `You may not run \`${instruction.name}\`: the people who run this server decide who may.`
  const places = placesOf(instruction).map(place => `\`${place}\``)
  return `\`${instruction.name}\` may not be run here. It may be in ${places.join(' or ')}: ask there.`
}

const isPersonAllowed = ({ allow }: Pick<Instruction, 'allow'>, { actor, roles }: Who): boolean => {
  const people = allow.filter(key => !isPlace(key))
  return people.length === 0 || [actor, ...roles].some(key => people.includes(key))
}

const isPlaceAllowed = (instruction: Pick<Instruction, 'allow'>, { place }: Who): boolean => {
  const places = placesOf(instruction)
  return places.length === 0 || places.includes(place)
}

const placesOf = ({ allow }: Pick<Instruction, 'allow'>): string[] => allow.filter(isPlace)

const isPlace = (key: string): boolean => key.startsWith('channel:')

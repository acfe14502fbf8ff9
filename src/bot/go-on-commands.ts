import { isJobId } from '../job.ts'
import { oneLine } from '../words.ts'
import { unquoted } from './quotes.ts'

/** Words with which people go on after a job, each followed by its id. */
export const GO_ON_VERBS = [
  'retry',
  'resume',
  'again',
  'edit',
  'use',
  'reply',
  'now',
  'instead',
  'like',
  'dislike',
] as const

export type GoOnCommand =
  /** `current`: by its instruction as it is today. */
  | { kind: 'retry'; id: string; current: boolean }
  | { kind: 'resume' | 'again' | 'edit'; id: string }
  /** With its outputs filled in, or one of them: the form of that instruction, or which there are. */
  | { kind: 'use'; id: string; instruction?: string; path?: string }
  | { kind: 'reply'; id: string; text: string; when: 'queue' | 'now' | 'instead' }
  /** A reply that waits is to be heard at once; the id is that of its own job. */
  | { kind: 'now' | 'instead'; id: string }
  | { kind: 'like' | 'dislike'; id: string; words?: string }

/** Reads what stands behind such a word. */
export function readGoOn(
  verb: (typeof GO_ON_VERBS)[number],
  rest: string,
): GoOnCommand | { kind: 'problem'; text: string } {
  const [typed = ''] = rest.split(/\s/, 1)
  const id = typed.toLowerCase()
  if (!isJobId(id)) return { kind: 'problem', text: noId(verb, typed) }
  const said = rest.slice(typed.length).trim()
  switch (verb) {
    case 'retry':
      return { kind: verb, id, current: said === '--current' }
    case 'reply': {
      const [, when = 'queue', words = ''] = /^(?:--(now|instead)(?=\s|$))?\s*(.*)$/s.exec(said) ?? []
      return { kind: verb, id, text: unquoted(words), when: when as 'queue' | 'now' | 'instead' }
    }
    case 'use': {
      const [instruction = ''] = said.split(/\s/, 1)
      const path = unquoted(said.slice(instruction.length).trim())
      return { kind: verb, id, ...(instruction && { instruction: instruction.toLowerCase() }), ...(path && { path }) }
    }
    case 'like':
    case 'dislike':
      return { kind: verb, id, ...(said && { words: unquoted(said) }) }
    default:
      return { kind: verb, id }
  }
}

const noId = (verb: string, typed: string): string =>
  typed === ''
    ? `\`${verb}\` needs the id of a job: \`errand ${verb} <id>\`. \`errand jobs\` lists them.`
    : `\`${oneLine(typed, 40)}\` is not the id of a job: an id has 8 letters and digits. \`errand jobs\` lists them.`

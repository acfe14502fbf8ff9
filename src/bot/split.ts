import { cut } from '../words.ts'

/** The whole answer as the name of a file, where it does not fit into a post. */
export const ANSWER_FILE = 'answer.md'

const FENCE = /^\s*(```|~~~)/
const CLOSE = '\n```'

/**
 * The beginning of a long text, at most `room` characters with the note that says where the rest is. It ends after a
 * paragraph, else a line, else a word, and closes a code block that it cuts.
 */
export function firstPart(text: string, room: number, file = ANSWER_FILE): string {
  const note = `\n\n… the rest is in ${file}.`
  const head = cutWell(text, Math.max(0, room - note.length - CLOSE.length))
  const fences = head.split('\n').filter(line => FENCE.test(line)).length
  return `${head}${fences % 2 === 1 ? CLOSE : ''}${note}`
}

function cutWell(text: string, max: number): string {
  const head = cut(text, max)
  // An end in the first half would throw away more than it tidies.
  const end = ['\n\n', '\n', ' '].map(mark => head.lastIndexOf(mark)).find(at => at > max / 2)
  return (end === undefined ? head : head.slice(0, end)).trimEnd()
}

import type { Instruction } from '../engine/instructions/instruction.ts'
import { nearest } from '../nearest.ts'
import { oneLine } from '../words.ts'
import { quoteValue, type Read, readQuoted, readValue, wordEnd } from './quotes.ts'

/** The inputs as they were typed, or one sentence that says what is wrong with them. */
export type Arguments = { inputs: Record<string, string> } | { problem: string }

type Named = Read & { name: string }
/** The text between two named values, as it was typed; `after` is the named value before it. */
type Free = { text: string; after: Named | null }

/**
 * Reads what follows an instruction's name: `name=value` wherever `name` is one of its inputs, and the rest as the
 * text of its first text input. A file input may be named more than once; its values are joined as lines.
 */
export function readArguments(instruction: Instruction, text: string): Arguments {
  const { named, free, problem } = scan(instruction, text)
  if (problem !== null) return { problem }
  const inputs = new Map<string, string>()
  for (const { name, value } of named) {
    const earlier = inputs.get(name)
    if (earlier !== undefined && typeOf(instruction, name) !== 'file') return { problem: `\`${name}\` is given twice.` }
    inputs.set(name, earlier === undefined ? value : `${earlier}\n${value}`)
  }
  const first = free[0]
  if (first) {
    const home = instruction.inputs.find(input => input.type === 'text')?.name
    if (home === undefined || inputs.has(home)) return { problem: explainStray(instruction, first, home) }
    inputs.set(home, joinFree(free))
  }
  return { inputs: Object.fromEntries(inputs) }
}

type Scan = { named: Named[]; free: Free[]; problem: string | null }

function scan(instruction: Instruction, text: string): Scan {
  const found: Scan = { named: [], free: [], problem: null }
  let from = 0
  let at = skipSpace(text, 0)
  const keepFree = (to: number) => {
    const words = text.slice(from, to).trim()
    if (words !== '') found.free.push({ text: words, after: found.named.at(-1) ?? null })
  }
  while (at < text.length && found.problem === null) {
    const name = nameAt(instruction, text, at)
    found.problem = name === null ? explainMisspelt(instruction, text, at) : null
    if (name === null) at = readQuotedWord(text, at)?.end ?? wordEnd(text, at)
    else {
      keepFree(at)
      const read = readNamed(name, text, at + name.length + 1)
      if ('problem' in read) found.problem = read.problem
      else {
        found.named.push(read)
        at = read.end
        from = read.end
      }
    }
    at = skipSpace(text, at)
  }
  keepFree(text.length)
  return found
}

/** The input that is named at this place, in its own spelling; null for a word that only looks like a name. */
function nameAt(instruction: Instruction, text: string, at: number): string | null {
  const word = wordBefore(text, at)
  return word !== null && typeOf(instruction, word) !== null ? word : null
}

/** What stands before a `=` here, if it has the form of an input's name. */
const wordBefore = (text: string, at: number): string | null =>
  text
    .slice(at, at + 33)
    .match(/^([a-z][a-z0-9_-]*)=/i)?.[1]
    ?.toLowerCase() ?? null

/** A name with a slip in it must not become text in silence; any other `word=…` is text like the rest. */
function explainMisspelt({ name, inputs }: Instruction, text: string, at: number): string | null {
  const word = wordBefore(text, at)
  const meant =
    word &&
    nearest(
      word,
      inputs.map(input => input.name),
    )
  if (!meant) return null
  return `\`${name}\` has no input \`${word}\`: write \`${meant}=…\`, or put \`${word}=…\` in quotes if it is text.`
}

function readNamed(name: string, text: string, at: number): Named | { problem: string } {
  const read = readValue(text, at)
  if (read === null)
    return {
      problem: `The quote that begins the value of \`${name}\` is not closed: \`${oneLine(text.slice(at), 40)}\`.`,
    }
  const next = text.slice(read.end, read.end + 1)
  if (next.trim() === '') return { ...read, name }
  const stray = oneLine(text.slice(read.end), 20)
  return {
    problem: `The value of \`${name}\` ends at its closing quote, and then comes \`${stray}\`: put a space between, or write \\ before a quote that belongs to the value.`,
  }
}

/** A word in quotes keeps its inside together; an apostrophe or a quote that closes nowhere is a letter like others. */
function readQuotedWord(text: string, at: number): Read | null {
  const read = readQuoted(text, at)
  return read !== null && text.slice(read.end, read.end + 1).trim() === '' ? read : null
}

/** Free text as it was typed; quotes that enclose all of it are not part of it. */
function joinFree(free: Free[]): string {
  const text = free.map(part => part.text).join(' ')
  const read = readQuotedWord(text, 0)
  return read !== null && read.end === text.length ? read.value : text
}

/** Most often it is the rest of a value with spaces that stands without quotes. */
function explainStray(instruction: Instruction, { text, after }: Free, home: string | undefined): string {
  const stray = `I do not know where \`${oneLine(text, 40)}\` belongs`
  if (after && !after.quoted && typeOf(instruction, after.name) === 'text')
    return `${stray}. A value with spaces stands in quotes: \`${after.name}=${quoteValue(`${after.value} ${text}`)}\`.`
  if (home === undefined)
    return `${stray}: \`${instruction.name}\` takes no free text. Name each value, as in \`name=value\`.`
  return `${stray}: free text is the value of \`${home}\`, and that is given already.`
}

const typeOf = (instruction: Instruction, name: string) =>
  instruction.inputs.find(input => input.name === name)?.type ?? null

const skipSpace = (text: string, at: number): number => {
  const word = text.slice(at).search(/\S/)
  return word < 0 ? text.length : at + word
}

import { oneLine } from '../../words.ts'
import type { Instruction } from './instruction.ts'

const MAX_CHARACTERS = 60

/** What a job is about, on one line: the first text input, cut at a word; the instruction's name without one. */
export function titleOf(
  { name, inputs }: Pick<Instruction, 'name' | 'inputs'>,
  values: Readonly<Record<string, unknown>>,
): string {
  const first = inputs.find(({ type }) => type === 'text')
  const value = first && values[first.name]
  return typeof value === 'string' ? oneLine(value, MAX_CHARACTERS) : name
}

import type { Instruction, Mistake } from '../../../src/engine/instructions/instruction.ts'
import { parseInstruction } from '../../../src/engine/instructions/parse.ts'

/** The source of an instruction with these lines of YAML under `inputs` and this prompt. */
export const written = (inputs: string[], prompt = 'Do it.'): string =>
  ['---', 'description: A test', 'inputs:', ...inputs.map(line => `  ${line}`), '---', prompt].join('\n')

/** The instruction that a source makes; a mistake in it fails the test. */
export function parsed(source: string): Instruction {
  const result = parseInstruction('test', source)
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  return result.instruction
}

/** The mistakes of a source as `line: message`. */
export function mistakesOf(source: string): string[] {
  const result = parseInstruction('test', source)
  return result.ok ? [] : result.mistakes.map(({ line, message }: Mistake) => `${line}: ${message}`)
}

import type { Instructions } from '../../src/engine/instructions/instruction.ts'
import { parseInstruction } from '../../src/engine/instructions/parse.ts'

const BRIEF = `---
description: Write a content brief
inputs:
  topic: { type: text, required: true }
  notes: { type: text, multiline: true }
  tone: { type: choice, options: [plain, playful] }
  words: { type: integer }
  sources: { type: file, max: 5 }
examples: [{ topic: Winter tyres, tone: plain, notes: "One\\nTwo" }]
---
Write about {{topic}}.`

const COUNT = `---
description: Count to a number
inputs:
  number: { type: integer, required: true }
---
Count to {{number}}.`

/** Two instructions, one of them without a text, and a file that does not load. */
export const INSTRUCTIONS: Instructions = {
  byName: new Map([read('brief', BRIEF), read('count', COUNT)]),
  mcpServers: new Map(),
  mistakes: [{ file: 'broken.md', line: 3, message: '`inputs` must be a list of names.' }],
}

/** An instruction under its name, read from its source. */
export function read(name: string, source: string) {
  const result = parseInstruction(name, source)
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  return [name, result.instruction] as const
}

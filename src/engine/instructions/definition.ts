import { z } from 'zod'
import { inputKeys } from './inputs.ts'
import { INPUT_NAME } from './names.ts'

/** What an instruction may use when it does not say: reading and writing in its own workspace. */
const DEFAULT_TOOLS = ['Read', 'Glob', 'Grep', 'Write', 'Edit']

/** `90s`, `15m` or `1h`, as minutes. */
const duration = z
  .string('must be a time such as 90s, 15m or 1h')
  .regex(/^[1-9]\d{0,4}[smh]$/, 'must be a time such as 90s, 15m or 1h')
  .transform(minutes)

function minutes(time: string): number {
  const amount = Number(time.slice(0, -1))
  if (time.endsWith('h')) return amount * 60
  return time.endsWith('s') ? amount / 60 : amount
}

/**
 * Names of tools, as a list or as Claude Code's own command files write them: in one line, with commas. A name begins
 * with a capital; `default`, which the CLI reads as every tool, must not pass.
 */
const tools = z.preprocess(
  given => (typeof given === 'string' ? given.split(',').map(tool => tool.trim()) : given),
  z.array(
    z.string().regex(/^[A-Z]\w*$/, 'must be the name of a tool such as Read: a rule in brackets is not supported'),
  ),
)

/** The front matter of an instruction. */
export const definition = z.strictObject({
  description: z.string().trim().min(1),
  inputs: z
    .record(
      z.string().regex(INPUT_NAME, 'must begin with a-z and go on with a-z, 0-9, _ or -, at most 32 in all'),
      inputKeys,
    )
    .refine(inputs => Object.keys(inputs).length <= 25, 'must hold at most 25')
    .default({}),
  outputs: z.array(z.string().min(1)).min(1).optional(),
  'allowed-tools': tools.default(DEFAULT_TOOLS),
  // It becomes an argument of the agent's program: it must not read as a flag.
  model: z
    .string()
    .regex(/^[A-Za-z0-9]\S*$/, 'must be the name of a model such as sonnet')
    .optional(),
  timeout: duration.optional(),
  examples: z.array(z.record(z.string(), z.unknown())).default([]),
})

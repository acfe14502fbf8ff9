import { createHash } from 'node:crypto'
import { z } from 'zod'
import { chooseSandbox, type Sandboxes } from '../../sandbox.ts'
import { checkInputs } from './check-inputs.ts'
import { DEFAULT_TOOLS, definition } from './definition.ts'
import { exampleFaults } from './examples.ts'
import { type Fault, readFrontMatter } from './front-matter.ts'
import type { InputDefinition } from './inputs.ts'
import type { Instruction, Mistake } from './instruction.ts'
import { type McpServers, serverFault } from './mcp.ts'
import { placeholderFaults } from './placeholders.ts'
import { faultsOf, type SchemaFault, schemaWords } from './schema-words.ts'

export type ParsedInstruction = { ok: true; instruction: Instruction } | { ok: false; mistakes: Mistake[] }

/**
 * What lies beside an instruction's file: the servers of mcp.json, which paths of its reference folder are files, and
 * the sandboxes of this machine (null: not known).
 */
export type Beside = { servers: McpServers; isReference: (path: string) => boolean; sandboxes: Sandboxes | null }

/**
 * Reads the text of an instruction's file. Pure, so that a job whose text was kept reads it again as it was then; what
 * it names beside it is checked only where that is given. Mistakes come in the order of their lines.
 */
export function parseInstruction(name: string, source: string, beside?: Beside): ParsedInstruction {
  const file = readFrontMatter(source)
  if (!file.ok) return failed(name, [file.fault])
  const located = ({ path, message }: SchemaFault): Fault => ({ line: file.lineOf(path), message })
  const parsed = definition.safeParse(file.data, { error: schemaWords })
  if (!parsed.success) {
    const faults = faultsOf(parsed.error, 'The front matter').map(located)
    const given = inputMap.safeParse(file.data)
    const names = given.success ? Object.keys(given.data.inputs) : null // without them no placeholder can be judged
    return failed(name, [...faults, ...(names ? promptFaults(file.prompt, file.promptLine, names) : [])])
  }

  const { data } = parsed
  const inputs = Object.entries(data.inputs).map(([inputName, keys]): InputDefinition => ({ ...keys, name: inputName }))
  const faults = [
    ...inputs.flatMap(defaultFaults).map(located),
    ...exampleFaults(inputs, data.examples, beside?.isReference ?? (() => true)).map(located),
    ...(beside ? serverFaults(data.mcp, beside.servers).map(located) : []),
    ...(beside?.sandboxes ? sandboxFaults(data, beside.sandboxes).map(located) : []),
    ...promptFaults(file.prompt, file.promptLine, Object.keys(data.inputs)),
  ]
  if (faults.length > 0) return failed(name, faults)
  return { ok: true, instruction: assemble(name, source, inputs, data, file.prompt) }
}

/** The names of inputs, whatever is wrong with them. */
const inputMap = z.object({ inputs: z.record(z.string(), z.unknown()).default({}) })

function failed(name: string, faults: Fault[]): ParsedInstruction {
  const mistakes = faults.map(fault => ({ file: `${name}.md`, ...fault }))
  return { ok: false, mistakes: mistakes.sort((a, b) => a.line - b.line) }
}

/** A default must itself pass the check of its input. */
function defaultFaults(input: InputDefinition): SchemaFault[] {
  if (!('default' in input) || input.default === undefined) return []
  const checked = checkInputs([input], { [input.name]: input.default })
  if (checked.ok) return []
  const path = ['inputs', input.name, 'default']
  return checked.problems.map(({ message }) => ({ path, message: `The default does not fit: ${message}` }))
}

function serverFaults(names: readonly string[], servers: McpServers): SchemaFault[] {
  return names.flatMap((name, index) => {
    const message = serverFault(name, servers)
    return message === null ? [] : [{ path: ['mcp', index], message }]
  })
}

function sandboxFaults(data: z.output<typeof definition>, sandboxes: Sandboxes): SchemaFault[] {
  const lists = ['allowed-tools', 'ask-tools'] as const
  const tools = lists.flatMap(list => data[list] ?? [])
  const chosen = chooseSandbox(sandboxes, { tools, asked: data.sandbox ?? null, network: data.network ?? null })
  if ('sandbox' in chosen) return []
  const { fault: message, about } = chosen
  return [{ path: [lists.find(list => data[list]?.includes(about)) ?? about], message }]
}

function promptFaults(prompt: string, firstLine: number, names: string[]): Fault[] {
  if (prompt.trim() === '')
    return [{ line: firstLine, message: 'The prompt is missing: write below the second `---` what is to be done.' }]
  return placeholderFaults(prompt, names).map(({ line, message }) => ({ line: firstLine + line - 1, message }))
}

function assemble(
  name: string,
  source: string,
  inputs: InputDefinition[],
  data: z.output<typeof definition>,
  prompt: string,
): Instruction {
  return {
    name,
    sha: createHash('sha256').update(source).digest('hex'),
    source,
    description: data.description,
    inputs,
    outputs: data.outputs ?? null,
    allowedTools: data['allowed-tools'] ?? DEFAULT_TOOLS.filter(tool => !data['ask-tools'].includes(tool)),
    askTools: data['ask-tools'],
    sandbox: data.sandbox ?? null,
    network: data.network ?? null,
    approvers: data.approvers,
    plan: data.plan,
    model: data.model ?? null,
    timeoutMinutes: data.timeout ?? null,
    maxCost: data['max-cost'] ?? null,
    allow: data.allow,
    mcp: data.mcp,
    examples: data.examples,
    prompt: prompt.trim(),
    reference: null,
  }
}

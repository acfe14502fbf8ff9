import { z } from 'zod'
import { type InputDefinition, typeOf } from './inputs.ts'
import type { Instruction } from './instruction.ts'

/** JSON Schema 2020-12. */
export type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * What an instruction takes, as the JSON Schema of one object. A file is a text in it; `formatMinimum` and
 * `formatMaximum` bound a date, as JSON Schema's own vocabulary has nothing for that.
 */
export function inputSchema({ inputs }: Pick<Instruction, 'inputs'>): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(inputs.map(input => [input.name, propertyOf(input)])),
    required: inputs.filter(input => input.required && !hasDefault(input)).map(({ name }) => name),
    additionalProperties: false,
  }
}

function propertyOf(input: InputDefinition): JsonSchema {
  // `any`: a custom check, such as that of a file, adds nothing to what stands beside it.
  const { $schema, ...schema } = z.toJSONSchema(typeOf(input).value(input), { io: 'input', unrepresentable: 'any' })
  return {
    ...schema,
    ...(input.description && { description: input.description }),
    ...(hasDefault(input) && { default: input.default }),
  }
}

const hasDefault = (input: InputDefinition): input is InputDefinition & { default: string | number | boolean } =>
  'default' in input && input.default !== undefined

import { expect, test } from 'vitest'
import { z } from 'zod'
import { inputSchema } from '../../../src/engine/instructions/input-schema.ts'
import { parsed, written } from './written.ts'

const schema = inputSchema(
  parsed(
    written([
      'topic:   { type: text, required: true, max: 200, description: What it is about }',
      'words:   { type: integer, min: 100, max: 5000, default: 800, required: true }',
      'share:   { type: number, min: 0, max: 0.5 }',
      'publish: { type: boolean, default: false }',
      'tone:    { type: choice, options: [plain, Playful] }',
      'due:     { type: date, min: 2026-01-01 }',
      'site:    { type: url }',
      'sources: { type: file, max: 3, required: true }',
    ]),
  ),
)

test('the inputs of an instruction are one object in JSON Schema', () => {
  expect(schema).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      topic: { type: 'string', maxLength: 200, description: 'What it is about' },
      words: { type: 'integer', minimum: 100, maximum: 5000, default: 800 },
      share: { type: 'number', minimum: 0, maximum: 0.5 },
      publish: { type: 'boolean', default: false },
      tone: { type: 'string', enum: ['plain', 'Playful'] },
      due: { type: 'string', format: 'date', pattern: expect.any(String), formatMinimum: '2026-01-01' },
      site: { type: 'string', format: 'uri', maxLength: 2000 },
      sources: {
        type: 'array',
        maxItems: 3,
        items: { type: 'string', description: 'An output of an earlier job, as job:<id>/<path>' },
      },
    },
    required: ['topic', 'sources'],
    additionalProperties: false,
  })
})

test('what it says holds for a reader of JSON Schema', () => {
  const reader = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)))
  const good = { topic: 'Tyres', words: 100, due: '2026-02-28', sources: ['job:4x7k2m9q/brief.md'] }
  expect(reader.safeParse(good).success).toBe(true)
  for (const bad of [{ topic: 7 }, { words: 99 }, { due: '2026-02-30' }, { tone: 'rude' }, { other: 1 }])
    expect(reader.safeParse({ ...good, ...bad }).success, JSON.stringify(bad)).toBe(false)
})

test('an instruction without inputs takes an empty object', () => {
  expect(inputSchema({ inputs: [] })).toMatchObject({ type: 'object', properties: {}, required: [] })
})

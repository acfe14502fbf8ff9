import { expect, test } from 'vitest'
import { fieldOf, InputFields, valuesOf } from '../../../src/admin/pages/input-fields.tsx'
import { instructionsOf } from '../../support/world.ts'

const SOURCE = `---
description: Everything
inputs:
  topic: { type: text, required: true, max: 200, description: What it is about }
  notes: { type: text, multiline: true }
  words: { type: integer, min: 100, max: 5000, default: 800 }
  share: { type: number }
  publish: { type: boolean, default: true }
  tone: { type: choice, options: [plain, formal] }
  due: { type: date, min: "2026-01-01" }
  site: { type: url }
  sources: { type: file, max: 3 }
---
Go`
const inputs = instructionsOf({ all: SOURCE }).byName.get('all')?.inputs ?? []

test('each type of input has its control, with what fits, what was given, and what is wrong', async () => {
  const problems = [{ field: 'topic', message: '`topic` is required.' }]
  const html = String(InputFields({ inputs, values: { tone: 'Formal', notes: '<b>' }, problems }))
  for (const part of [
    '<input id="input.topic" name="input.topic" required="" aria-invalid="true" aria-describedby="input.topic.problem"',
    'What it is about · text of at most 200 characters',
    '<p class="problem" id="input.topic.problem">topic is required.</p>',
    '<textarea id="input.notes" name="input.notes" rows="5" maxlength="3000">&lt;b&gt;</textarea>',
    'type="number" step="1" min="100" max="5000" value="800"',
    'type="number" step="any"',
    'type="checkbox" value="true" checked=""',
    '<option value=""></option><option value="plain">plain</option><option value="formal" selected="">',
    'type="date" min="2026-01-01"',
    'type="url"',
    'type="file" multiple=""',
  ])
    expect(html).toContain(part)
})

test('a form gives what was typed, and nothing for what was left empty', () => {
  const form = new URLSearchParams([
    ...Object.entries({ topic: 'Tyres', notes: 'a\r\nb', words: ' ', tone: '' }).map(([k, v]) => [fieldOf(k), v]),
    ...[
      [fieldOf('publish'), 'false'],
      [fieldOf('publish'), 'true'],
      [fieldOf('sources'), 'x'],
      ['topic', 'other'],
    ],
  ] as [string, string][])
  expect(valuesOf(form, inputs)).toEqual({ topic: 'Tyres', notes: 'a\nb', publish: 'true' })
  form.delete(fieldOf('publish'))
  form.append(fieldOf('publish'), 'false')
  expect(valuesOf(form, inputs)).toMatchObject({ publish: 'false' })
})

import { expect, test } from 'vitest'
import { InputFields } from '../../../src/admin/pages/input-fields.tsx'
import { fieldOf, filled, sentFiles, sentTexts, textsOf } from '../../../src/admin/pages/input-form.ts'
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
  sources: { type: file, max: 3, accept: [.md] }
---
Go`
const inputs = instructionsOf({ all: SOURCE }).byName.get('all')?.inputs ?? []

test('each type of input has its control, with what fits, what was given, and what is wrong', async () => {
  const problems = [{ field: 'topic', message: '`topic` is required.' }]
  const texts = textsOf(inputs, { tone: 'Formal', notes: '<b>', sources: 'job:aaaaaaaa/a.md' })
  const html = String(InputFields({ inputs, texts, problems }))
  for (const part of [
    '<input id="input.topic" name="input.topic" required="" aria-describedby="input.topic.hint" value="" maxlength="200"',
    'What it is about — text of at most 200 characters',
    '<p class="problem" role="alert" id="input.topic.problem">topic is required.</p>',
    '<p class="problem" role="alert" id="input.notes.problem" hidden=""></p>',
    'rows="5" maxlength="3000">\n&lt;b&gt;</textarea>',
    'type="number" step="1" min="100" max="5000" value="800"',
    'type="number" step="any"',
    '<option value="yes" selected="">yes</option><option value="no">',
    '<option value="">–</option><option value="plain">plain</option><option value="formal" selected="">',
    'type="date" value="" min="2026-01-01"',
    'type="url"',
    'type="file" name="input.sources" multiple="" accept=".md"',
    'name="input.sources.jobs" rows="1"',
    '\njob:aaaaaaaa/a.md</textarea>',
  ])
    expect(html).toContain(part)
})

test('a switch shows what is kept of it, in whatever words that is', () => {
  const shown = [true, 'On', 'yes', false, 'off', undefined].map(publish => textsOf(inputs, { publish }).publish)
  expect(shown).toEqual(['yes', 'yes', 'yes', 'no', 'no', 'yes'])
})

test('a form gives what was typed, and nothing for what was left empty', () => {
  const typed = { topic: 'Tyres', notes: 'a\r\nb', words: ' ', tone: '', publish: 'no' }
  const parts = Object.fromEntries(Object.entries(typed).map(([name, text]) => [fieldOf(name), text]))
  const texts = sentTexts(inputs, { ...parts, topic: 'other', share: '3' })
  expect(texts).toMatchObject({ topic: 'Tyres', notes: 'a\nb', words: ' ', tone: '', share: '', sources: '' })
  expect(filled(texts)).toEqual({ topic: 'Tyres', notes: 'a\nb', publish: 'no' })
})

test('a form gives the files of earlier jobs and the uploads, and none where none was chosen', () => {
  const [notes, nothing] = [new File(['x'], 'notes.md'), new File([], '')]
  const named = { [`${fieldOf('sources')}.jobs`]: 'job:aaaaaaaa/a.md\r\n\r\njob:aaaaaaaa/b.md' }
  const files = (parts: Record<string, unknown>) =>
    Object.values(sentFiles(inputs, parts)).flatMap(given =>
      given.map(file => (typeof file === 'string' ? file : file.name)),
    )
  expect(files({ ...named, [fieldOf('sources')]: [notes, nothing] })).toEqual([
    ...['job:aaaaaaaa/a.md', 'job:aaaaaaaa/b.md'],
    'notes.md',
  ])
  expect(files({ [fieldOf('sources')]: notes })).toEqual(['notes.md'])
  expect(files({ [fieldOf('sources')]: nothing, [fieldOf('topic')]: notes })).toEqual([])
})

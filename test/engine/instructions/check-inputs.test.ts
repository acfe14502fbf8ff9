import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import type { Upload } from '../../../src/engine/instructions/upload.ts'
import { parsed, written } from './written.ts'

const { inputs } = parsed(
  written([
    'topic:   { type: text, required: true, max: 20, description: What the brief is about }',
    'notes:   { type: text, multiline: true }',
    'tone:    { type: choice, options: [plain, Playful, formal], default: plain }',
    'words:   { type: integer, min: 100, max: 5000, default: 800 }',
    'sources: { type: file, max: 2 }',
  ]),
)

const check = (raw: Record<string, unknown>) => checkInputs(inputs, { topic: 'Tyres', ...raw })
const valuesOf = (raw: Record<string, unknown>) => {
  const checked = check(raw)
  return checked.ok ? checked.values : checked.problems
}
const messagesOf = (raw: Record<string, unknown>) => {
  const checked = check(raw)
  return checked.ok ? [] : checked.problems.map(({ message }) => message)
}
const upload = (name: string): Upload => ({ name, open: () => Readable.from([]) })

describe('what fits', () => {
  test('defaults fill what was left out, and the rest is missing', () => {
    expect(valuesOf({})).toEqual({ topic: 'Tyres', tone: 'plain', words: 800 })
  })

  test('blank text, null and an empty list count as left out', () => {
    for (const notes of ['\n\u0000\t', '\u200b\u2060\u3164 \u00ad']) {
      const blank = { tone: ' ', words: '', notes, sources: [] }
      expect(valuesOf(blank)).toEqual(valuesOf({}))
    }
    expect(valuesOf({ tone: null, words: undefined })).toEqual(valuesOf({}))
  })

  test.each([
    ['words', 800, 800],
    ['words', '800', 800],
    ['words', ' 0100 ', 100],
    ['tone', 'formal', 'formal'],
    ['tone', ' PLAYFUL', 'Playful'],
    ['topic', '  Winter\r\n tyres ', 'Winter tyres'],
    ['topic', 'a\u001b[31mb\u0007c\ttab', 'abc\ttab'],
    ['topic', '\ud800', '\ufffd'],
    ['notes', ' one\r\ntwo\rthree\u2028\n', 'one\ntwo\nthree'],
  ])('%s takes %j as %j', (name, given, value) => {
    expect(valuesOf({ [name]: given })).toMatchObject({ [name]: value })
  })

  test('any integer in range passes as a number and as its digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 5000 }), words => {
        expect(valuesOf({ words })).toMatchObject({ words })
        expect(valuesOf({ words: String(words) })).toMatchObject({ words })
      }),
    )
  })

  test('a checked text passes again unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), notes => {
        const once = checkInputs(inputs, { topic: 'Tyres', notes })
        if (once.ok) expect(checkInputs(inputs, once.values)).toEqual(once)
      }),
    )
  })
})

describe('what does not fit', () => {
  test.each([
    ['words', 'many', '`words` must be a whole number from 100 to 5000; you gave `many`.'],
    ['words', 99, '`words` must be a whole number from 100 to 5000; you gave the number `99`.'],
    ['words', '1e3', '`words` must be a whole number from 100 to 5000; you gave `1e3`.'],
    ['words', 800.5, '`words` must be a whole number from 100 to 5000; you gave the number `800.5`.'],
    ['words', true, '`words` must be a whole number from 100 to 5000; you gave `true`.'],
    ['tone', 'rude', '`tone` must be one of plain, Playful, formal; you gave `rude`.'],
    ['topic', '', '`topic` is required: what the brief is about.'],
    ['topic', 2024, '`topic` must be text of at most 20 characters; you gave the number `2024`.'],
    ['topic', {}, '`topic` must be text of at most 20 characters; you gave an object.'],
    ['sources', 'notes.md', '`sources` must be at most 2 files; you gave `notes.md`.'],
    ['sources', ['notes.md'], '`sources` must be at most 2 files; you gave 1 item.'],
    ['sources', ['a', 'b', 'c'].map(upload), '`sources` must be at most 2 files; you gave `a, b, c`.'],
    ['topik', 'x', '`topik` is not an input of this instruction, which has topic, notes, tone, words, sources.'],
  ])('%s = %j', (name, given, message) => {
    expect(messagesOf({ [name]: given })).toEqual([message])
  })

  test.each([
    ['n: { type: integer }', 'a whole number'],
    ['n: { type: integer, min: 1 }', 'a whole number of at least 1'],
    ['n: { type: integer, max: 9 }', 'a whole number of at most 9'],
    ['n: { type: file }', 'one file'],
  ])('%s says that %s fits', (definition, fits) => {
    const checked = checkInputs(parsed(written([definition])).inputs, { n: 'x' })
    expect(checked).toMatchObject({ problems: [{ message: `\`n\` must be ${fits}; you gave \`x\`.` }] })
  })

  test('a required input without a description says what fits', () => {
    const checked = checkInputs(parsed(written(['n: { type: integer, required: true }'])).inputs, {})
    expect(checked).toMatchObject({ problems: [{ message: '`n` is required: a whole number.' }] })
  })

  test('every problem is reported at once', () => {
    const checked = checkInputs(inputs, { words: 'many', tone: 'rude', colour: 'red' })
    expect(checked).toMatchObject({
      problems: [{ field: 'topic' }, { field: 'tone' }, { field: 'words' }, { field: 'colour' }],
    })
  })

  test('names that every object has are not inputs', () => {
    const own = parsed(written(['constructor: { type: text }'])).inputs
    expect(checkInputs(own, {})).toEqual({ ok: true, values: {} })
    expect(checkInputs(own, JSON.parse('{"__proto__": "x"}'))).toMatchObject({ problems: [{ field: '__proto__' }] })
  })

  test('no value is quoted at length, with control characters or with a backtick', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }), given => {
        for (const message of messagesOf({ tone: given })) {
          const quote = message.slice('`tone` must be one of plain, Playful, formal; you gave `'.length, -2)
          expect(quote.length).toBeLessThanOrEqual(80)
          expect(quote).not.toMatch(/[\p{Cc}`]/u)
        }
      }),
    )
  })

  test('whatever is given, the answer is values or problems', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...inputs.map(({ name }) => name), 'x'), fc.anything()), raw => {
        const checked = checkInputs(inputs, raw)
        if (!checked.ok) expect(checked.problems.length).toBeGreaterThan(0)
        else expect(Object.keys(checked.values)).toContain('topic')
      }),
    )
  })
})

describe('files', () => {
  test('they get names that are safe and unique in the job, in every input together', () => {
    const { inputs: two } = parsed(written(['a: { type: file, max: 2 }', 'b: { type: file }']))
    const checked = checkInputs(two, { a: [upload('x/notes.md'), upload('NOTES.md')], b: [upload('notes.md')] })
    const names =
      checked.ok && Object.values(checked.values).map(value => Array.isArray(value) && value.map(f => f.name))
    expect(names).toEqual([['notes.md', 'NOTES-2.md'], ['notes-3.md']])
  })

  test('they are not opened', () => {
    const closed = {
      name: 'a',
      open: () => {
        throw new Error('opened')
      },
    }
    expect(check({ sources: [closed] })).toMatchObject({ ok: true })
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import { buildPrompt } from '../../../src/engine/instructions/prompt.ts'
import { parsed, written } from './written.ts'

/** What an input `x` of this definition makes of a value: the value, or what is wrong with it. */
function check(definition: string, x: unknown) {
  const checked = checkInputs(parsed(written([`x: { ${definition} }`])).inputs, { x })
  return checked.ok ? checked.values.x : checked.problems.map(({ message }) => message)
}

/** How a value reads in a prompt that is nothing else. */
const inPrompt = (definition: string, x: string | number | boolean) =>
  buildPrompt(parsed(written([`x: { ${definition} }`], '{{x}}')), { x })

describe('a number', () => {
  const price = 'type: number, min: -0.5, max: 10'

  test.each<[unknown, number]>([
    [2.5, 2.5],
    ['2.5', 2.5],
    [' -.25 ', -0.25],
    ['010', 10],
    [0, 0],
  ])('takes %j', (given, value) => {
    expect(check(price, given)).toBe(value)
  })

  test.each([
    ['2,5', '`2,5`'],
    ['1e1', '`1e1`'],
    ['0x1', '`0x1`'],
    ['5.', '`5.`'],
    ['NaN', '`NaN`'],
    [10.01, 'the number `10.01`'],
    [-1, 'the number `-1`'],
    [Number.NaN, 'the number `NaN`'],
    [true, '`true`'],
  ])('does not take %j', (given, shown) => {
    const fits = 'a number from -0.5 to 10, with a point before decimals'
    expect(check(price, given)).toEqual([`\`x\` must be ${fits}; you gave ${shown}.`])
  })

  test('without bounds takes whatever is finite', () => {
    expect(check('type: number', '-123456789.5')).toBe(-123456789.5)
    expect(check('type: number', '9'.repeat(400))).toHaveLength(1)
    expect(check('type: number', Number.POSITIVE_INFINITY)).toHaveLength(1)
  })

  test('stands in the prompt as it is', () => {
    expect(inPrompt('type: number', 2.5)).toBe('2.5')
  })
})

describe('a boolean', () => {
  test.each<[unknown, boolean]>([
    [true, true],
    ['yes', true],
    [' On ', true],
    ['TRUE', true],
    [false, false],
    ['no', false],
    ['off', false],
    ['false', false],
  ])('takes %j', (given, value) => {
    expect(check('type: boolean', given)).toBe(value)
  })

  test.each([['maybe'], [1], ['1'], ['y'], [[true]]])('does not take %j', given => {
    expect(check('type: boolean', given)).toEqual([expect.stringContaining('`x` must be yes or no; you gave ')])
  })

  test('that is required is given with no, and its default may be no', () => {
    expect(check('type: boolean, required: true', 'no')).toBe(false)
    expect(check('type: boolean, default: false', '')).toBe(false)
  })

  test('stands in the prompt as yes or no', () => {
    expect([inPrompt('type: boolean', true), inPrompt('type: boolean', false)]).toEqual(['yes', 'no'])
  })
})

describe('a date', () => {
  test.each(['2026-11-21', ' 2024-02-29 ', '2000-02-29'])('takes %j', given => {
    expect(check('type: date', given)).toBe(given.trim())
  })

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-1-1',
    '21.11.2026',
    '2026-11-21T10:00',
    'today',
    20261121,
  ])('does not take %j', given => {
    expect(check('type: date', given)).toEqual([expect.stringContaining('`x` must be a day as YYYY-MM-DD; you gave')])
  })

  test.each([
    ['min: 2026-11-01', '2026-11-01', '2026-10-31', ' from 2026-11-01 on'],
    ['max: 2026-11-30', '2026-11-30', '2026-12-01', ' until 2026-11-30'],
    ['min: 2026-11-01, max: 2026-11-30', '2026-11-21', '2025-11-21', ' from 2026-11-01 to 2026-11-30'],
  ])('with %s takes %s and not %s', (bounds, inside, outside, words) => {
    expect(check(`type: date, ${bounds}`, inside)).toBe(inside)
    expect(check(`type: date, ${bounds}`, outside)).toEqual([
      `\`x\` must be a day as YYYY-MM-DD${words}; you gave \`${outside}\`.`,
    ])
  })

  test('is any day that the calendar has', () => {
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(day, day => {
        const text = day.toISOString().slice(0, 10)
        expect(check('type: date', text)).toBe(text)
      }),
      { numRuns: 20 },
    )
  })
})

describe('a url', () => {
  test.each([
    [' https://Example.COM ', 'https://example.com/'],
    ['http://example.com:80/a/../b?q=ü#x', 'http://example.com/b?q=%C3%BC#x'],
    ['https://bücher.example/<script>', 'https://xn--bcher-kva.example/%3Cscript%3E'],
    ['https://exa\nmple.com/\u202ea', 'https://example.com/%E2%80%AEa'],
  ])('takes %j as %s', (given, value) => {
    expect(check('type: url', given)).toBe(value)
  })

  test.each([
    'example.com',
    'ftp://example.com/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://',
    'https://ann@example.com/',
    'https://ann:secret@example.com/',
    `https://example.com/${'a'.repeat(2000)}`,
    7,
  ])('does not take %j', given => {
    expect(check('type: url', given)).toEqual([
      expect.stringContaining('`x` must be a web address that begins with https:// or http://, without a password,'),
    ])
  })

  test('is fenced in the prompt, for its path is a person’s words', () => {
    expect(inPrompt('type: url', 'https://example.com/')).toContain('<input name="x">https://example.com/</input>')
  })
})

describe('a value of any type', () => {
  const { inputs } = parsed(
    written([
      'text:    { type: text, multiline: true }',
      'integer: { type: integer, max: 100 }',
      'number:  { type: number, min: -1 }',
      'boolean: { type: boolean }',
      'choice:  { type: choice, options: [plain, "yes"] }',
      'date:    { type: date, min: 2000-01-01 }',
      'url:     { type: url }',
      'file:    { type: file }',
    ]),
  )
  const near = fc.constantFrom(
    'yes',
    ' 7',
    '-1.5',
    'PLAIN',
    '2026-11-21',
    'https://a.example/ b',
    '\u202e',
    7,
    -0,
    true,
  )
  const given = fc.dictionary(fc.constantFrom(...inputs.map(({ name }) => name)), fc.oneof(near, fc.anything()))

  test('that passed once passes again unchanged', () => {
    fc.assert(
      fc.property(given, raw => {
        for (const [name, x] of Object.entries(raw)) {
          const once = checkInputs(inputs, { [name]: x })
          if (once.ok) expect(checkInputs(inputs, once.values)).toEqual(once)
          else
            expect(once.problems).toEqual([{ field: name, message: expect.stringContaining(`\`${name}\` must be `) }])
        }
      }),
    )
  })
})

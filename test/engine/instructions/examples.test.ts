import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import { exampleInputs } from '../../../src/engine/instructions/examples.ts'
import { parseInstruction } from '../../../src/engine/instructions/parse.ts'
import { mistakesOf, parsed } from './written.ts'

/** An instruction that takes a number, one file and two more files, with these examples, each on a line of its own. */
const withExamples = (...examples: string[]) =>
  [
    '---',
    'description: A test',
    'inputs:',
    '  n: { type: integer }',
    '  doc: { type: file, required: true }',
    '  more: { type: file, max: 2 }',
    'examples:',
    ...examples.map(example => `  - ${example}`),
    '---',
    'Do it.',
  ].join('\n')

describe('an example', () => {
  test('may leave out a required file, but nothing else that is required', () => {
    expect(mistakesOf(withExamples('{}', '{ n: 1 }'))).toEqual([])
    const source = withExamples('{}').replace('integer', 'integer, required: true')
    expect(mistakesOf(source)).toEqual(['8: The example does not fit: `n` is required: a whole number.'])
  })

  test('that does not fit stands with its line', () => {
    expect(mistakesOf(withExamples('n: 1', 'n: many\n    m: 1'))).toEqual([
      '9: The example does not fit: `n` must be a whole number; you gave `many`.',
      '10: The example does not fit: `m` is not an input of this instruction, which has n, doc, more.',
    ])
  })

  test('names files of the reference folder, one or more', () => {
    expect(mistakesOf(withExamples('{ doc: reference/a.md, more: [reference/b/c.md, reference/d e.md] }'))).toEqual([])
    expect(mistakesOf(withExamples('doc: [reference/a.md, reference/b.md]'))).toEqual([
      '8: The example does not fit: `doc` must be one file; you gave `reference/a.md, reference/b.md`.',
    ])
  })

  test.each(['a.md', '/etc/passwd', 'reference/../x.md', 'reference/', 'reference/./x', 'reference//x', '7'])(
    'cannot name the file %s',
    path => {
      expect(mistakesOf(withExamples(`doc: ${path}`))).toEqual([
        '8: The example does not fit: a file in it is `reference/<path>`, and `doc` is none.',
      ])
    },
  )

  test('that names a file which is not there says where it belongs', () => {
    const beside = { servers: new Map(), sandboxes: null, isReference: (path: string) => path === 'a.md' }
    const source = withExamples('{ doc: reference/a.md }', '{ doc: reference/b.md }')
    expect(parseInstruction('test', source, beside)).toEqual({
      ok: false,
      mistakes: [
        {
          file: 'test.md',
          line: 9,
          message: "There is no file `reference/b.md`: put it into the folder of this file's name without `.md`.",
        },
      ],
    })
  })
})

describe('the inputs of an example', () => {
  const source = withExamples('{ n: 1, doc: reference/a.md }', '{ n: 2 }')

  test('have the files of the reference folder, and pass as a request', async () => {
    const reference = await mkdtemp(join(tmpdir(), 'reference-'))
    onTestFinished(() => rm(reference, { recursive: true }))
    await writeFile(join(reference, 'a.md'), 'Hello')
    const instruction = { ...parsed(source), reference }
    const checked = checkInputs(instruction.inputs, exampleInputs(instruction, instruction.examples[0] ?? {}))
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
    expect(checked.values.n).toBe(1)
    const [doc] = Array.isArray(checked.values.doc) ? checked.values.doc : []
    expect(doc?.name).toBe('a.md')
    expect(doc && (await text(doc.open()))).toBe('Hello')
  })

  test('without files need no folder, and with files they do', () => {
    const instruction = parsed(source)
    expect(exampleInputs(instruction, { n: 2 })).toEqual({ n: 2 })
    expect(() => exampleInputs(instruction, { doc: 'reference/a.md' })).toThrow('no reference folder')
  })
})

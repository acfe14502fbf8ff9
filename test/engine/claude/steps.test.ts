import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checklistOf, describeTool } from '../../../src/engine/claude/steps.ts'

const WORKSPACE = '/data/workspaces/w'
const words = (tool: string, input: unknown) => describeTool(tool, input, WORKSPACE)

test.each([
  ['Read', { file_path: `${WORKSPACE}/inputs/notes.md` }, 'reading inputs/notes.md'],
  ['Read', { file_path: 'inputs/notes.md' }, 'reading inputs/notes.md'],
  ['Read', { file_path: '..notes.md' }, 'reading ..notes.md'],
  ['Write', { file_path: 'brief.md', content: 'x' }, 'writing brief.md'],
  ['Edit', { file_path: 'brief.md' }, 'editing brief.md'],
  ['NotebookEdit', { notebook_path: 'a.ipynb' }, 'editing a.ipynb'],
  ['Glob', { pattern: '**/*.md' }, 'looking for files named **/*.md'],
  ['Grep', { pattern: '[0-9]+' }, 'searching the files for "[0-9]+"'],
  ['Bash', { command: 'npm test' }, 'running `npm test`'],
  ['Bash', { command: 'cat <<E\n\ta\nE' }, 'running `cat <<E a E`'],
  ['WebSearch', { query: 'winter tyres' }, 'searching the web for "winter tyres"'],
  ['WebFetch', { url: 'https://example.com/a' }, 'reading https://example.com/a'],
  ['Agent', { description: 'check the facts' }, 'sub-agent: check the facts'],
  ['Task', { description: 'check the facts' }, 'sub-agent: check the facts'],
  ['AskUserQuestion', { questions: [{ question: 'Which colour?' }] }, 'asking a question'],
  ['AskUserQuestion', { questions: [{ question: 'Which?' }, { question: 'How many?' }] }, 'asking some questions'],
  ['TodoWrite', { todos: [] }, 'planning the steps'],
  ['mcp__crm__find_customer', {}, 'using find_customer of crm'],
  ['mcp__my_crm__find__all', {}, 'using find__all of my_crm'],
  ['BrandNew', {}, 'using BrandNew'],
  ['constructor', {}, 'using constructor'],
])('%s %j is "%s"', (tool, input, text) => {
  expect(words(tool, input)).toBe(text)
})

test("a path outside the workspace is its name alone: the server's folders are nobody's business", () => {
  for (const file_path of ['/etc/passwd', '../../etc/passwd', '/data/workspaces/w2/../passwd'])
    expect(words('Read', { file_path })).toBe('reading passwd')
  expect(words('Read', { file_path: `${WORKSPACE}2/notes.md` })).toBe('reading notes.md')
})

test('the workspace itself, and a path that is missing, have words too', () => {
  for (const input of [{ file_path: WORKSPACE }, { file_path: '.' }, {}, { file_path: 7 }, null, 'x', []])
    expect(words('Read', input)).toBe('reading the workspace')
})

test('what is long is cut, and no character is halved', () => {
  expect(words('Bash', { command: `echo ${'word '.repeat(40)}` })).toMatch(/^running `echo (word )+word…`$/)
  expect(words('Write', { file_path: `${'a'.repeat(78)}😀b` })).toBe(`writing ${'a'.repeat(78)}…`)
})

test('every call is one short line, whatever the model called and gave', () => {
  const tools = fc.oneof(
    fc.constantFrom('Read', 'Bash', 'Grep', 'Agent', 'TodoWrite', 'mcp__a__b', 'toString', '__proto__'),
    fc.string({ maxLength: 30 }),
  )
  const inputs = fc.oneof(
    fc.jsonValue(),
    fc.record({ file_path: fc.string({ unit: 'binary' }), command: fc.string({ unit: 'binary', maxLength: 500 }) }),
  )
  fc.assert(
    fc.property(tools, inputs, (tool, input) => {
      const text = words(tool, input)
      expect(typeof text).toBe('string')
      expect(text.length).toBeLessThan(120)
      expect(text).toMatch(/^(reading|writing|editing|looking|searching|running|using|planning|sub-agent)/)
    }),
  )
})

test('the checklist is read as far as it has a shape', () => {
  const todos = [
    { content: 'Read', status: 'completed' },
    { content: 'Write', status: 'in_progress', activeForm: 'Writing' },
    { content: 'Check', status: 'pending' },
    { content: 7 },
    'no item',
  ]
  expect(checklistOf('TodoWrite', { todos })).toEqual([
    { text: 'Read', state: 'done' },
    { text: 'Write', state: 'doing' },
    { text: 'Check', state: 'open' },
    { text: '', state: 'open' },
  ])
})

test('no other call is a checklist', () => {
  expect(checklistOf('Read', { todos: [] })).toBeNull()
  for (const input of [null, 'x', {}, { todos: 'x' }]) expect(checklistOf('TodoWrite', input)).toBeNull()
})

import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import { exampleInputs } from '../../../src/engine/instructions/examples.ts'
import { loadInstructions } from '../../../src/engine/instructions/load.ts'
import { UserError } from '../../../src/errors.ts'
import type { Sandboxes } from '../../../src/sandbox.ts'

const SHIPPED = join(import.meta.dirname, '../../../instructions')
const GOOD = '---\ndescription: A test\n---\nDo it.\n'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'instructions-'))
})
afterEach(() => rm(dir, { recursive: true }))

const write = (name: string, content: string | Buffer = GOOD) => writeFile(join(dir, name), content)

test('every Markdown file of the folder is an instruction, in the order of their names', async () => {
  await write('brief.md')
  await write('audit.md')
  await symlink(join(dir, 'brief.md'), join(dir, 'alias.md'))
  const { byName, mistakes } = await loadInstructions(dir)
  expect([...byName.keys()]).toEqual(['alias', 'audit', 'brief'])
  expect(byName.get('brief')?.prompt).toBe('Do it.')
  expect(mistakes).toEqual([])
})

test('README.md, hidden files, other files and folders are none', async () => {
  for (const name of ['README.md', '.draft.md', 'notes.txt']) await write(name)
  await mkdir(join(dir, 'brief'))
  await mkdir(join(dir, 'folder.md'))
  expect(await loadInstructions(dir)).toEqual({ byName: new Map(), mistakes: [], mcpServers: new Map() })
})

test('a mistake is reported with its file and stops no other', async () => {
  await write('bad.md', 'Do it.')
  await write('good.md')
  await write('latin.md', Buffer.from([0x2d, 0xe4]))
  await write('Loud.md')
  await write('status.md')
  await symlink(join(dir, 'nowhere'), join(dir, 'dead.md'))
  const { byName, mistakes } = await loadInstructions(dir)
  expect([...byName.keys()]).toEqual(['good'])
  expect(mistakes.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([
    'Loud.md:1 The file name must begin with a-z and go on with a-z, 0-9 or -, at most 32 in all before `.md`: rename the file.',
    'bad.md:1 The front matter is missing: begin with a line `---`, then the keys, then another line `---`.',
    expect.stringMatching(/^dead\.md:1 The file cannot be read \(ENOENT.*\): make it readable, as UTF-8 text\.$/),
    expect.stringMatching(/^latin\.md:1 The file cannot be read \(.*\): make it readable, as UTF-8 text\.$/),
    'status.md:1 `status` is a command of Errand itself: rename the file.',
  ])
})

test('the folder of its name is an instruction’s reference, wherever it really lies', async () => {
  for (const name of ['brief.md', 'draft.md', 'plain.md', 'odd.md', 'odd']) await write(name)
  await mkdir(join(dir, 'brief'))
  await mkdir(join(dir, 'elsewhere'))
  await symlink('elsewhere', join(dir, 'draft'))
  const { byName } = await loadInstructions(dir)
  const real = await realpath(dir)
  expect([...byName.values()].map(({ name, reference }) => [name, reference])).toEqual([
    ['brief', join(real, 'brief')],
    ['draft', join(real, 'elsewhere')],
    ['odd', null],
    ['plain', null],
  ])
})

test('an example names a regular file of the reference folder', async () => {
  const example = (path: string) =>
    `---\ndescription: A\ninputs: { doc: { type: file } }\nexamples:\n  - doc: reference/${path}\n---\nDo it.\n`
  await mkdir(join(dir, 'good', 'deep'), { recursive: true })
  await write('good/deep/a.md', 'Hello')
  await write('good.md', example('deep/a.md'))
  await mkdir(join(dir, 'bad'))
  await symlink('/etc/passwd', join(dir, 'bad', 'a.md'))
  await write('bad.md', example('a.md'))
  const { byName, mistakes } = await loadInstructions(dir)
  expect([...byName.keys()]).toEqual(['good'])
  expect(mistakes).toMatchObject([{ file: 'bad.md', line: 5, message: expect.stringContaining('There is no file') }])
})

describe('servers', () => {
  const using = (...names: string[]) => `---\ndescription: A\nmcp: [${names.join(', ')}]\n---\nDo it.\n`

  test('that mcp.json names can be used', async () => {
    const crm = { command: 'crm-server', args: ['--read-only'], env: { TOKEN: 'x' } }
    await write('mcp.json', JSON.stringify({ mcpServers: { crm } }))
    await write('good.md', using('crm'))
    expect(await loadInstructions(dir)).toMatchObject({ mistakes: [], mcpServers: new Map([['crm', crm]]) })
  })

  test('that it does not name are a mistake of the instruction, with its line', async () => {
    await write('bad.md', using('crm'))
    await write('good.md')
    const without = await loadInstructions(dir)
    await write('mcp.json', '{ "mcpServers": { "a": { "url": "http://a/" }, "b": { "command": "b" } } }')
    const others = await loadInstructions(dir)
    expect([...without.byName.keys(), ...others.byName.keys()]).toEqual(['good', 'good'])
    const add = 'There is no server `crm`: add it to `mcpServers` in mcp.json of this folder'
    expect([...without.mistakes, ...others.mistakes]).toEqual([
      { file: 'bad.md', line: 3, message: `${add}, or remove its name here.` },
      { file: 'bad.md', line: 3, message: `${add}, which has a, b, or remove its name here.` },
    ])
  })

  test('of a broken mcp.json stop those instructions alone that name servers', async () => {
    await write('mcp.json', '{ "mcpServers": {\n "crm": { "command": "x" }\n "b": {} } }')
    await write('bad.md', using('crm'))
    await write('good.md')
    const { byName, mistakes, mcpServers } = await loadInstructions(dir)
    expect([[...byName.keys()], mcpServers.size]).toEqual([['good'], 0])
    expect(mistakes).toMatchObject([
      { file: 'mcp.json', line: 3 },
      {
        file: 'bad.md',
        line: 3,
        message: '`crm` cannot be used: mcp.json has a mistake, correct that one first.',
      },
    ])
  })
})

test('a folder that cannot be read is the reader’s error, with its remedy', async () => {
  const load = loadInstructions(join(dir, 'missing'))
  await expect(load).rejects.toThrow(UserError)
  await expect(load).rejects.toThrow(/missing cannot be read .* set INSTRUCTIONS_DIR/)
})

test('the instructions that come with the program load, and their examples pass', async () => {
  const { byName, mistakes } = await loadInstructions(SHIPPED)
  expect(mistakes).toEqual([])
  expect([...byName.keys()]).toContain('brief')
  for (const instruction of byName.values()) {
    expect(instruction.examples, instruction.name).not.toEqual([])
    for (const example of instruction.examples)
      expect(checkInputs(instruction.inputs, exampleInputs(instruction, example))).toMatchObject({ ok: true })
  }
})

test('the example that their README teaches with loads', async () => {
  const readme = await readFile(join(SHIPPED, 'README.md'), 'utf8')
  const [, indented = ''] = /```markdown\n(.*?)\n +```/s.exec(readme) ?? []
  await write('headlines.md', indented.replaceAll(/^ {3}/gm, ''))
  const { byName, mistakes } = await loadInstructions(dir)
  expect(mistakes).toEqual([])
  expect(byName.get('headlines')?.inputs.map(({ name }) => name)).toEqual(['about', 'tone', 'many', 'article'])
})

describe('where no sandbox works', () => {
  const none: Sandboxes = {
    inForce: null,
    faults: { bwrap: 'it is not installed.', cli: 'it is not there.' },
    needsNetwork: false,
    hidden: [],
  }

  test.each([
    ['allowed-tools: [Read, Bash]', 3],
    ['allowed-tools: Read, Bash', 3],
    ['model: sonnet\nask-tools: [Bash]', 4],
  ])('an instruction with %s does not load, and its mistake names the remedies', async (keys, line) => {
    await write('tidy.md', `---\ndescription: Run\n${keys}\n---\nGo`)
    await write('good.md')
    const { byName, mistakes } = await loadInstructions(dir, none)
    expect([...byName.keys()]).toEqual(['good'])
    expect(mistakes).toEqual([
      { file: 'tidy.md', line, message: expect.stringMatching(/needs a sandbox.*SANDBOX=off/) },
    ])
    expect((await loadInstructions(dir, { ...none, inForce: 'off' })).mistakes).toEqual([])
  })

  test('an instruction that asks for one does not load, whatever is in force', async () => {
    await write('tidy.md', '---\ndescription: Run\nsandbox: bwrap\n---\nGo')
    for (const inForce of [null, 'off', 'cli'] as const) {
      const { mistakes } = await loadInstructions(dir, { ...none, inForce })
      expect(mistakes).toEqual([
        {
          file: 'tidy.md',
          line: 3,
          message: '`sandbox: bwrap` does not work here: it is not installed. Or remove the key.',
        },
      ])
    }
    const works = { ...none, faults: { ...none.faults, bwrap: null } }
    expect((await loadInstructions(dir, works)).byName.get('tidy')?.sandbox).toBe('bwrap')
  })
})

test('where bubblewrap closes the network, an instruction with WebFetch says what it reaches, or does not load', async () => {
  const bwrap: Sandboxes = { inForce: 'bwrap', faults: { bwrap: null, cli: null }, needsNetwork: false, hidden: [] }
  await write('free.md', '---\ndescription: Run\nallowed-tools: [Read, WebFetch]\n---\nGo')
  await write('asked.md', '---\ndescription: Run\nmodel: sonnet\nask-tools: [WebFetch]\n---\nGo')
  await write('good.md', '---\ndescription: Run\nallowed-tools: [WebFetch]\nnetwork: ["*"]\n---\nGo')
  const { byName, mistakes } = await loadInstructions(dir, bwrap)
  expect([...byName.keys()]).toEqual(['good'])
  const message = expect.stringMatching(/^`WebFetch` reaches nothing in the sandbox: .*`network: \["\*"\]`\.$/)
  expect(mistakes).toEqual([
    { file: 'asked.md', line: 4, message },
    { file: 'free.md', line: 3, message },
  ])
  expect((await loadInstructions(dir, { ...bwrap, inForce: 'off' })).mistakes).toEqual([])
  expect((await loadInstructions(SHIPPED, bwrap)).mistakes).toEqual([])
})

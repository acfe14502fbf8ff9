import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkInputs } from '../../../src/engine/instructions/check-inputs.ts'
import { loadInstructions } from '../../../src/engine/instructions/load.ts'
import { UserError } from '../../../src/errors.ts'

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
  expect(await loadInstructions(dir)).toEqual({ byName: new Map(), mistakes: [] })
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

test('a folder that cannot be read is the reader’s error, with its remedy', async () => {
  const load = loadInstructions(join(dir, 'missing'))
  await expect(load).rejects.toThrow(UserError)
  await expect(load).rejects.toThrow(/missing cannot be read .* set INSTRUCTIONS_DIR/)
})

test('the instructions that come with the program load, and their examples pass', async () => {
  const { byName, mistakes } = await loadInstructions(join(import.meta.dirname, '../../../instructions'))
  expect(mistakes).toEqual([])
  expect([...byName.keys()]).toContain('brief')
  for (const { name, inputs, examples } of byName.values()) {
    expect(examples, name).not.toEqual([])
    for (const example of examples) expect(checkInputs(inputs, example), name).toMatchObject({ ok: true })
  }
})

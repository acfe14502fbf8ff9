import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decide } from '../../../src/engine/claude/permission.ts'
import { taskOf } from './task.ts'

const task = taskOf({ allowedTools: ['Read', 'Write', 'Glob', 'Grep', 'NotebookEdit'] })

test.each(['Bash', 'WebFetch', 'Agent', 'read', 'Read(**)', '', 'constructor'])(
  '%s is not allowed and never runs',
  tool => {
    expect(decide(task, tool, {})).toEqual({ allow: false, why: `This instruction does not allow ${tool}.` })
  },
)

test('the checklist is always allowed, and Bash with any command where the instruction names it', () => {
  expect(decide(task, 'TodoWrite', { todos: [] })).toEqual({ allow: true })
  const withBash = taskOf({ allowedTools: ['Bash'] })
  expect(decide(withBash, 'Bash', { command: 'cat /etc/hostname', path: '/etc' })).toEqual({ allow: true })
})

test('a sub-agent is allowed by both of its names', () => {
  for (const name of ['Task', 'Agent']) expect(decide(taskOf({ allowedTools: [name] }), 'Agent', {}).allow).toBe(true)
})

describe('a file tool reaches the folders of its attempt only', () => {
  test.each([
    ['Read', { file_path: 'notes.md' }],
    ['Read', { file_path: '..notes.md' }],
    ['Read', { file_path: './a/../b.md' }],
    ['Read', { file_path: '/data/workspaces/w/inputs/notes.md' }],
    ['Read', { file_path: '/data/sessions/s/config/plans/p.md' }],
    ['Write', { file_path: '/data/tmp/job00001-1/x' }],
    ['Write', { file_path: '/data/sessions/s/config/plans/p.md' }],
    ['Glob', { pattern: '**/*.md' }],
    ['Glob', { pattern: '*.md', path: '/data/workspaces/w' }],
    ['Glob', { pattern: '/data/workspaces/w/*.md' }],
    ['Grep', { pattern: '/etc/.*' }],
    ['Read', {}],
    ['Read', null],
    ['Read', { file_path: 7 }],
  ])('%s %j', (tool, input) => {
    expect(decide(task, tool, input)).toEqual({ allow: true })
  })

  test.each([
    ['Read', { file_path: '/etc/passwd' }, '/etc/passwd'],
    ['Read', { file_path: '../w2/notes.md' }, '../w2/notes.md'],
    ['Read', { file_path: '/data/workspaces/w2/notes.md' }, '/data/workspaces/w2/notes.md'],
    ['Read', { file_path: '/data/workspaces/w/../../errand.db' }, '/data/workspaces/w/../../errand.db'],
    ['Read', { file_path: '~/../../x' }, '~/../../x'],
    ['NotebookEdit', { notebook_path: '/a.ipynb' }, '/a.ipynb'],
    ['Grep', { pattern: 'x', path: '/' }, '/'],
    ['Glob', { pattern: '*', path: '..' }, '..'],
    ['Glob', { pattern: '/etc/host*' }, '/etc/host*'],
    ['Glob', { pattern: '/etc/host*', path: '.' }, '/etc/host*'],
    ['Write', { file_path: '/data/sessions/s/config/settings.json' }, '/data/sessions/s/config/settings.json'],
    ['Grep', { pattern: 'x', path: '~' }, '~'],
    ['Grep', { pattern: 'x', path: '~/mcp.json' }, '~/mcp.json'],
    ['Grep', { pattern: 'x', path: ' /etc' }, ' /etc'],
    ['Read', { file_path: 'a\0b' }, 'a\0b'],
  ])('not %s %j', (tool, input, path) => {
    const why = `${path} is outside the workspace; only files inside it may be used.`
    expect(decide(task, tool, input)).toEqual({ allow: false, why })
  })

  test('by links inside it, and by none that leads out', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'errand-permission-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const workspace = join(dir, 'w')
    await mkdir(join(workspace, 'docs'), { recursive: true })
    await writeFile(join(dir, 'secret.md'), 'rhubarb')
    const links = { file: '../secret.md', folder: dir, nothing: join(dir, 'new.md'), round: 'round', inside: 'docs' }
    for (const [name, to] of Object.entries(links)) await symlink(to, join(workspace, name))
    const allows = (tool: string, input: object) => decide({ ...task, workspace }, tool, input).allow
    for (const path of ['file', 'folder/secret.md', 'folder/new.md', 'nothing', 'round', 'inside/../folder'])
      expect(allows('Write', { file_path: join(workspace, path) }), path).toBe(false)
    expect(allows('Grep', { pattern: 'x', path: 'folder' })).toBe(false)
    expect(allows('Glob', { pattern: join(workspace, 'folder/*') })).toBe(false)
    expect(allows('Write', { file_path: join(workspace, 'inside/deep/new.md') })).toBe(true)
  })

  test('by any path of names, dots and climbs', () => {
    const segments = fc.array(fc.constantFrom('..', '..', '.', '', 'a', '...', '..b', 'workspaces', 'w', 'w2'), {
      maxLength: 9,
    })
    fc.assert(
      fc.property(segments, fc.boolean(), (names, absolute) => {
        const path = (absolute ? '/data/workspaces/w/' : '') + names.join('/')
        fc.pre(path.startsWith('/') === absolute)
        const reached = ['data', 'workspaces', 'w']
        for (const name of names) {
          if (name === '..') reached.pop()
          else if (name !== '.' && name !== '') reached.push(name)
        }
        const inside = reached.slice(0, 3).join('/') === 'data/workspaces/w'
        expect(decide(task, 'Read', { file_path: path }).allow).toBe(inside)
      }),
      { numRuns: 500 },
    )
  })
})

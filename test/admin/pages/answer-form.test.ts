import { describe, expect, test } from 'vitest'
import { saidByForm } from '../../../src/admin/pages/answer-form.ts'
import { Asking } from '../../../src/admin/pages/asking.tsx'
import { createLinks } from '../../../src/admin/pages/links.ts'
import type { QuestionView } from '../../../src/engine/view.ts'
import { jobView } from '../../fakes/engine.ts'

const at = '2026-11-21T10:00:00.000Z'
const call = (tool: string, input: QuestionView['input'], changes: Partial<QuestionView> = {}): QuestionView => ({
  ...{ id: '7h3k9m2p', kind: 'approval', tool, input, text: '', askedAt: at, expiresAt: at, parts: [], answers: {} },
  ...changes,
})
const part = (question: string, multiSelect: boolean, ...labels: string[]) => ({
  ...{ question, header: '', multiSelect },
  options: labels.map(label => ({ label, description: `about ${label}` })),
})
const QUESTION = call(
  'AskUserQuestion',
  {},
  {
    kind: 'question',
    parts: [part('Who?', false, 'Drivers', 'Dealers'), part('Where?', true, 'Mail', 'Web')],
  },
)
const BASH = call('Bash', { command: 'rm -rf build', description: 'tidy up', timeout: 5000 })

describe('a form says', () => {
  const said = (question: QuestionView, fields: [string, string][], stored = question.input) =>
    saidByForm(new URLSearchParams(fields), question, stored)

  test('what was chosen and written, and leaves out what was not', () => {
    expect(
      said(QUESTION, [
        ['choice0', 'Dealers'],
        ['words0', ' '],
      ]),
    ).toEqual({ answers: { 'Who?': 'Dealers' } })
    expect(
      said(QUESTION, [
        ['words0', ''],
        ['words1', ''],
      ]),
    ).toEqual({ answers: {} })
  })

  test('several choices as one answer, with what was written beside them', () => {
    const fields: [string, string][] = [
      ['choice1', 'Mail'],
      ['choice1', 'Web'],
      ['words1', 'by post'],
    ]
    expect(said(QUESTION, fields)).toEqual({ answers: { 'Where?': 'Mail, Web, by post' } })
  })

  test('what was written in the place of a single choice, which cannot be taken back', () => {
    expect(
      said(QUESTION, [
        ['choice0', 'Dealers'],
        ['words0', 'Both'],
      ]),
    ).toEqual({ answers: { 'Who?': 'Both' } })
  })

  test('a command as it was changed, with the line breaks of a shell and the rest of the call', () => {
    const fields: [string, string][] = [
      ['decision', 'approve'],
      ['command', 'cd a\r\nls'],
    ]
    expect(said(BASH, fields)).toEqual({ decision: 'approve', input: { ...BASH.input, command: 'cd a\nls' } })
  })

  test('nothing of a command that stays as it was shown: what runs is what is stored', () => {
    const stored = { ...BASH.input, command: 'curl -H sk-ant-secret' }
    const shown = call('Bash', { ...BASH.input, command: 'curl -H [secret]' })
    expect(
      said(
        shown,
        [
          ['decision', 'approve'],
          ['command', 'curl -H [secret]'],
        ],
        stored,
      ),
    ).toEqual({
      decision: 'approve',
    })
  })

  test('why not', () => {
    expect(
      said(BASH, [
        ['decision', 'deny'],
        ['reason', 'not now'],
      ]),
    ).toEqual({ decision: 'deny', reason: 'not now' })
  })
})

describe('the page asks', () => {
  const html = (...questions: QuestionView[]) =>
    String(Asking({ view: jobView({ questions }), links: createLinks('/errand') }))

  test('by fields that a browser without script sends', () => {
    const shown = html(QUESTION)
    expect(shown).toContain('<form method="post" action="/errand/jobs/4x7k2m9q/answer">')
    expect(shown).toContain('type="radio" name="choice0" value="Dealers"')
    expect(shown).toContain('type="checkbox" name="choice1" value="Web"')
    expect(shown).toContain('about Web')
  })

  test('only what is not answered yet', () => {
    const shown = html({ ...QUESTION, answers: { 'Who?': 'Drivers' } })
    expect(shown).not.toContain('choice0')
    expect(shown).toContain('choice1')
  })

  test('with all that would run: a command, what goes with it, an edit as a diff, a path, an address', () => {
    const bash = html(BASH)
    expect(bash).toMatch(/<pre class="command">rm -rf build<\/pre>[\s\S]*timeout: 5000/)
    expect(bash).toMatch(/<textarea name="command"[^>]*>\s*rm -rf build/)
    const edit = html(call('Edit', { file_path: '/w/`a.ts', old_string: 'a', new_string: 'b', replace_all: true }))
    expect(edit).toMatch(
      /May I edit <code>\/w\/'a\.ts<\/code>\?[\s\S]*<del>a<\/del><ins>b<\/ins>[\s\S]*replace_all: true/,
    )
    expect(edit).not.toContain('name="command"')
    expect(html(call('WebFetch', { url: 'https://example.com/', prompt: 'Read' }))).toMatch(
      /href="https:\/\/example\.com\/"[\s\S]*prompt: &quot;Read&quot;/,
    )
    expect(html(call('mcp__crm__delete', { id: 12 }))).toContain('&quot;id&quot;: 12')
  })

  test('and runs nothing of what the agent wrote', () => {
    const attack = '<script>alert(1)</script>'
    const plan = html(call('ExitPlanMode', {}, { kind: 'plan', text: `# Plan ${attack}` }))
    expect(plan).toContain('Send it back')
    for (const shown of [
      plan,
      html(call(attack, { [attack]: attack })),
      html({ ...QUESTION, parts: [part(attack, true, attack)] }),
    ])
      expect(shown).not.toContain('<script>')
  })
})

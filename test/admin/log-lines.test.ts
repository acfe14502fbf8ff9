import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderLines } from '../../src/admin/log-lines.tsx'
import { EVENT_KINDS, type EventBody, type JobEvent } from '../../src/job.ts'
import { printable } from '../../src/printable.ts'

const AT = '2026-11-21T10:00:05.000Z'

const lines = (...bodies: EventBody[]): string =>
  renderLines(bodies.map((body, i): JobEvent => ({ ...body, seq: i + 1, attempt: 1, at: AT })))

test('a text is Markdown, and its raw HTML is text', () => {
  const html = lines({ kind: 'text', text: '**bold** <img src=x onerror=alert(1)> <script>alert(1)</script>' })
  expect(html).toContain('<strong>bold</strong> &lt;img src=x onerror=alert(1)&gt; &lt;script&gt;')
  expect(html).toContain('data-seq="1"')
})

test('links lead to the web only, and nothing of ours goes there', () => {
  const html = lines({
    kind: 'text',
    text: '[a](https://example.com/) [b](javascript:alert(1)) [c](/logout) http://x.y/',
  })
  expect(html.match(/<a [^>]*>/g)).toEqual([
    '<a href="https://example.com/" rel="noopener noreferrer nofollow" target="_blank">',
    '<a href="http://x.y/" rel="noopener noreferrer nofollow" target="_blank">',
  ])
})

test('an image is its words: nothing is fetched because a line is seen', () => {
  const html = lines({ kind: 'text', text: '![the **cover** "x"](https://example.com/spy.png)' })
  expect(html).toContain('the **cover** &quot;x&quot;')
  expect(html).not.toContain('<img')
})

test("a table's columns keep their side without inline style", () => {
  const html = lines({ kind: 'text', text: '| a | b |\n|---|--:|\n| 1 | 2 |' })
  expect(html).toContain('<td class="right">2</td>')
  expect(html).not.toContain('style=')
})

test('a tool call holds its result, which is marked when it failed', () => {
  const html = lines(
    { kind: 'tool_use', id: 't1', tool: 'Bash', text: 'running `npm test`', input: { command: 'npm test\n--all' } },
    { kind: 'text', text: 'between' },
    { kind: 'tool_result', id: 't1', text: 'no such file', isError: true },
  )
  expect(html).toContain('running <code>npm test</code>')
  expect(html).toContain('<pre class="command">npm test\n--all</pre>')
  expect(html.indexOf('no such file')).toBeLessThan(html.indexOf('between'))
  expect(html).toContain('✗ failed')
  expect(html.match(/data-seq/g)).toHaveLength(2)
})

test('what stands in backticks is code, in a question and in a status too, and a single one stays as it is', () => {
  const html = lines(
    { kind: 'question', text: 'Is `a<b>.md` right?' },
    { kind: 'status', status: 'failed', text: 'type `errand jobs`, or `half' },
  )
  expect(html).toContain('Is <code>a&lt;b&gt;.md</code> right?')
  expect(html).toContain('type <code>errand jobs</code>, or `half')
})

test('a result without its call stands alone and names the call', () => {
  expect(lines({ kind: 'tool_result', id: 't"1', text: 'made', isError: false })).toContain('data-for="t&quot;1"')
})

test('a second result of one call is not lost', () => {
  const result = (text: string): EventBody => ({ kind: 'tool_result', id: 't1', text, isError: false })
  const html = lines({ kind: 'tool_use', id: 't1', text: 'reading', input: {} }, result('one'), result('two'))
  expect(html).toContain('one')
  expect(html).toContain('two')
})

test('an edit is a diff, several edits are several, and a new file is all new', () => {
  const edit = { old_string: 'a\nb\n', new_string: 'a\nc\n' }
  const html = (input: unknown) => lines({ kind: 'tool_use', id: 't1', text: 'editing', input })
  const diff = '<div class="diff"><span>a</span><del>b</del><ins>c</ins></div>'
  expect(html({ file_path: 'a.md', ...edit })).toContain(diff)
  expect(html({ file_path: 'a.md', edits: [edit, edit] })).toContain(diff + diff)
  expect(html({ file_path: 'a.md', content: 'x\n<b>\n' })).toContain('<ins>x</ins><ins>&lt;b&gt;</ins>')
})

test('any other input is JSON, cut where it goes too deep or on for too long', () => {
  const html = (input: unknown) => lines({ kind: 'tool_use', id: 't1', text: 'using', input })
  expect(html({ query: 'tyres' })).toContain('{\n  &quot;query&quot;: &quot;tyres&quot;\n}')
  expect(html(JSON.parse('['.repeat(3000) + ']'.repeat(3000)))).toContain('…')
  const long = html({ query: 'x'.repeat(100_000) })
  expect(long.length).toBeLessThan(10_000)
  expect(long).toContain('92.0 kB more; the whole log has it')
})

test('two texts that have little in common are not compared to the last line, which could take long', () => {
  const html = (length: number) => {
    const text = (word: string) => Array.from({ length }, (_, i) => (i % 10 === 0 ? 'same' : `${word}${i}`)).join('\n')
    const input = { old_string: text('a'), new_string: text('b') }
    return lines({ kind: 'tool_use', id: 't1', text: 'editing', input })
  }
  expect(html(100)).toContain('<span>same</span>')
  expect(html(1000)).not.toContain('<span>')
  expect(html(1000)).toContain('<del>same</del>')
})

test('a checklist says how far it is, and what is done now', () => {
  const steps = [
    { text: 'Read', state: 'done' as const },
    { text: 'Write', state: 'doing' as const },
  ]
  const html = lines({ kind: 'tool_use', id: 't1', tool: 'TodoWrite', text: 'planning', steps })
  expect(html).toContain('1 of 2 steps done · Write')
  expect(html).toContain('☑ Read')
})

test('a sub-agent is set apart, and a further attempt begins with a line across', () => {
  expect(lines({ kind: 'text', text: 'found', parent: 't1' })).toContain('class="line text sub"')
  const status: JobEvent = { seq: 7, attempt: 2, at: AT, kind: 'status', status: 'running', text: 'going on' }
  expect(renderLines([status])).toContain('attempt 2</h3>')
  expect(lines({ kind: 'status', status: 'running', text: 'running' })).not.toContain('<h3')
})

test('what is wrong has a shape and a word', () => {
  expect(lines({ kind: 'error', text: 'No.' })).toContain('✗ error')
  expect(lines({ kind: 'retry', text: 'again in 2 s' })).toContain('↻ retry')
  expect(lines({ kind: 'stderr', text: 'warning' })).toContain('stderr')
})

test('nothing hides or turns what stands around it', () => {
  const bad = 'a\u001b[31mb\u202ec\u0000d'
  const all = EVENT_KINDS.map((kind): EventBody => ({ kind, text: bad, id: 'x', tool: bad, input: { command: bad } }))
  const html = lines(...all)
  expect(html).toBe(printable(html))
  expect(html).toContain('abcd')
})

/** The tags that we write, each as often as we like; everything else in a log is text. */
const OURS =
  /^<\/?(?:div|details|summary|span|time|pre|code|p|ul|ol|li|h[3-6]|strong|em|s|a|blockquote|table|thead|tbody|tr|th|td|hr|br|ins|del)(?: (?:class|data-[a-z]+|datetime|href|rel|target|start)="[^"<>]*")*\/?>$/

test('no line makes a tag, an attribute or an address that is not written here', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '&',
      '<script>',
      '](javascript:',
      '![',
      '<a href="',
      '```',
      '|',
      '\n',
      '\\',
    ),
    fc.constantFrom('on=', 'data-for="', '&quot;', '&#34;', '<!--', ']]>', '</pre>', 'https://a.b/', '|--:|', '\u202e'),
  )
  const text = fc.array(piece, { maxLength: 12 }).map(parts => parts.join(''))
  const input = fc.oneof(
    fc.record({ command: text }),
    fc.record({ old_string: text, new_string: text }),
    fc.record({ file_path: text, content: text }),
    fc.dictionary(text, text, { maxKeys: 3 }),
  )
  const body = fc.record(
    { kind: fc.constantFrom(...EVENT_KINDS), text, id: text, tool: text, input, parent: text, isError: fc.boolean() },
    { requiredKeys: ['kind', 'text'] },
  )
  fc.assert(
    fc.property(fc.array(body, { maxLength: 4 }), bodies => {
      const html = lines(...(bodies as EventBody[]))
      for (const tag of html.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(OURS)
      expect(html).not.toMatch(/href="(?!https?:)/)
    }),
    { numRuns: 500 },
  )
})

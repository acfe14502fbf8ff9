import type { Question } from '../db/question.ts'

type Call = Pick<Question, 'tool' | 'input'>

/** A call as a person reads it: one line, what it would do in full, and how that is marked in a post or named as a file. */
export type CallText = { head: string; body: string; language: string; file: string }

/** Says what a call would do. */
export function callText({ tool, input }: Call): CallText {
  const text = (key: string): string => (typeof input[key] === 'string' ? input[key] : '')
  switch (tool) {
    case 'Bash':
      return { head: 'May I run this command?', body: text('command'), language: 'sh', file: 'command.sh' }
    case 'Write':
      return { head: `May I write \`${text('file_path')}\`?`, body: text('content'), language: '', file: 'content.txt' }
    case 'Edit': {
      const diff = [...marked('-', text('old_string')), ...marked('+', text('new_string'))].join('\n')
      return { head: `May I edit \`${text('file_path')}\`?`, body: diff, language: 'diff', file: 'edit.diff' }
    }
    case 'WebFetch':
      return { head: `May I read <${text('url')}>?`, body: '', language: '', file: 'url.txt' }
    default:
      return { head: `May I use ${tool}?`, body: JSON.stringify(input, null, 2), language: 'json', file: 'input.json' }
  }
}

const marked = (mark: string, text: string): string[] => text.split('\n').map(line => `${mark}${line}`)

/** The text as a block of code. */
export const codeBlock = (body: string, language: string): string =>
  `${fenceOf(body)}${language}\n${body}\n${fenceOf(body)}`

/** Longer than any run of backticks inside, so that nothing in it ends the block. */
function fenceOf(body: string): string {
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(longest + 1)
}

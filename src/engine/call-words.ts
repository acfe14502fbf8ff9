import type { Question } from '../db/question.ts'

type Call = Pick<Question, 'tool' | 'input'>

/**
 * A call as a person reads it: one line, what it would do in full, and how that is marked in a post or named as a file.
 * `also` is what it holds besides, a line each such as `replace_all: true`: that is approved too.
 */
export type CallWords = { head: string; body: string; language: string; file: string; also: string }

/** Says what a call would do. */
export function callWords({ tool, input }: Call): CallWords {
  const text = (key: string): string => (typeof input[key] === 'string' ? input[key] : '')
  const also = (...shown: string[]): string =>
    Object.entries(input)
      .filter(([key]) => !shown.includes(key))
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join('\n')
  switch (tool) {
    case 'Bash':
      return {
        head: 'May I run this command?',
        body: text('command'),
        language: 'sh',
        file: 'command.sh',
        also: also('command', 'description'),
      }
    case 'Write':
      return {
        head: `May I write ${code(text('file_path'))}?`,
        body: text('content'),
        language: '',
        file: 'content.txt',
        also: also('file_path', 'content'),
      }
    case 'Edit': {
      const diff = [...marked('-', text('old_string')), ...marked('+', text('new_string'))].join('\n')
      return {
        head: `May I edit ${code(text('file_path'))}?`,
        body: diff,
        language: 'diff',
        file: 'edit.diff',
        also: also('file_path', 'old_string', 'new_string'),
      }
    }
    case 'WebFetch':
      return { head: `May I read <${text('url')}>?`, body: '', language: '', file: 'url.txt', also: also('url') }
    default:
      return {
        head: `May I use ${tool}?`,
        body: JSON.stringify(input, null, 2),
        language: 'json',
        file: 'input.json',
        also: '',
      }
  }
}

const marked = (mark: string, text: string): string[] => text.split('\n').map(line => `${mark}${line}`)

/** A name as code: nothing in it ends the span or begins a line. */
const code = (name: string): string => `\`${name.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``

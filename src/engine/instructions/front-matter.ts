import { readYaml, type Yaml } from './yaml.ts'

/** A mistake before it is known in which file: `line` from 1, `message` one sentence with the remedy. */
export type Fault = { line: number; message: string }

/** A file taken apart. `promptLine` is where the prompt begins. */
type FrontMatter = Yaml & { prompt: string; promptLine: number }

/** Takes a file apart at its two `---` lines and reads the YAML between them. CRLF and a byte order mark do no harm. */
export function readFrontMatter(source: string): ({ ok: true } & FrontMatter) | { ok: false; fault: Fault } {
  const lines = source.replace(/^\ufeff/, '').split(/\r?\n/)
  const end = lines.findIndex((line, index) => index > 0 && isFence(line))
  if (!isFence(lines[0]) || end < 0)
    return fault(1, 'The front matter is missing: begin with a line `---`, then the keys, then another line `---`.')
  const yaml = readYaml(lines.slice(1, end).join('\n'), 2)
  if (!yaml.ok) return fault(yaml.line, notYaml(yaml.why))
  return { ...yaml, data: yaml.data ?? {}, prompt: lines.slice(end + 1).join('\n'), promptLine: end + 2 }
}

const isFence = (line: string | undefined): boolean => line?.trimEnd() === '---'

const fault = (line: number, message: string): { ok: false; fault: Fault } => ({ ok: false, fault: { line, message } })

const notYaml = (why: string): string =>
  `The front matter is not valid YAML (${why}): correct it; text with a colon, a # or braces needs quotes.`

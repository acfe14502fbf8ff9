import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { messageOf } from '../../errors.ts'

/** A mistake before it is known in which file: `line` from 1, `message` one sentence with the remedy. */
export type Fault = { line: number; message: string }

/** A file taken apart. `promptLine` is where the prompt begins; `lineOf` says where a key or an item of the YAML stands. */
type FrontMatter = {
  data: unknown
  lineOf: (path: readonly PropertyKey[]) => number
  prompt: string
  promptLine: number
}

/** Takes a file apart at its two `---` lines and reads the YAML between them. CRLF and a byte order mark do no harm. */
export function readFrontMatter(source: string): ({ ok: true } & FrontMatter) | { ok: false; fault: Fault } {
  const lines = source.replace(/^\ufeff/, '').split(/\r?\n/)
  const end = lines.findIndex((line, index) => index > 0 && isFence(line))
  if (!isFence(lines[0]) || end < 0)
    return fault(1, 'The front matter is missing: begin with a line `---`, then the keys, then another line `---`.')
  const yaml = readYaml(lines.slice(1, end).join('\n'))
  return yaml.ok ? { ...yaml, prompt: lines.slice(end + 1).join('\n'), promptLine: end + 2 } : yaml
}

const isFence = (line: string | undefined): boolean => line?.trimEnd() === '---'

const fault = (line: number, message: string): { ok: false; fault: Fault } => ({ ok: false, fault: { line, message } })

function readYaml(text: string): ({ ok: true } & Pick<FrontMatter, 'data' | 'lineOf'>) | { ok: false; fault: Fault } {
  const lineCounter = new LineCounter()
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line + 1 // below the first `---`
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
    // The first alone: what follows it is mostly its consequence. A warning, such as an unknown tag, is a mistake too.
    const wrong = document.errors[0] ?? document.warnings[0]
    if (wrong) return fault(lineAt(wrong.pos[0]), notYaml(wrong.message))
    return { ok: true, data: document.toJS() ?? {}, lineOf: path => lineAt(offsetOf(document, path)) }
  } catch (error) {
    return fault(1, notYaml(messageOf(error))) // an alias without its anchor, or nesting beyond the parser's depth
  }
}

const notYaml = (message: string): string =>
  `The front matter is not valid YAML (${message}): correct it; text with a colon, a # or braces needs quotes.`

/** Where the key or item at the path begins; of a path that leads nowhere, its last part that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      if (!isScalar(pair?.key)) break
      offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part]
      offset = isNode(item) ? (item.range?.[0] ?? offset) : offset
      node = item
    } else break
  }
  return offset
}

import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { messageOf } from '../../errors.ts'

/** What a YAML text says. `lineOf` gives the line where a key or an item stands, by its path. */
export type Yaml = { data: unknown; lineOf: (path: readonly PropertyKey[]) => number }

/** Reads YAML, of which JSON is a part. Lines count from `firstLine`; `why` is the parser's own words. */
export function readYaml(
  text: string,
  firstLine: number,
): ({ ok: true } & Yaml) | { ok: false; line: number; why: string } {
  const lineCounter = new LineCounter()
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line + firstLine - 1
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
    // The first alone: what follows it is mostly its consequence. A warning, such as an unknown tag, is a mistake too.
    const wrong = document.errors[0] ?? document.warnings[0]
    if (wrong) return { ok: false, line: lineAt(wrong.pos[0]), why: wrong.message }
    return { ok: true, data: document.toJS(), lineOf: path => lineAt(offsetOf(document, path)) }
  } catch (error) {
    // An alias without its anchor, or nesting beyond the parser's depth.
    return { ok: false, line: 1, why: messageOf(error) }
  }
}

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

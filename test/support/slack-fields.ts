/** Arguments and answers of Slack's Web API. */
export type Fields = Record<string, unknown>

/** The arguments of a call, however they were sent: blocks and the like are JSON inside a form. */
export function readFields(body: Buffer, type: string): Fields {
  if (type.includes('json')) return JSON.parse(String(body)) as Fields
  return Object.fromEntries([...new URLSearchParams(String(body))].map(([name, value]) => [name, fromJson(value)]))
}

function fromJson(value: string): unknown {
  if (!/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

type Block = {
  type: string
  url?: string
  text?: string | { text: string }
  elements?: (Block & { style?: { code?: boolean }; text?: string | { text: string } })[]
}

/** A message's blocks as a person sees them, a button in square brackets. */
export const seen = (blocks: unknown): string => ((blocks ?? []) as Block[]).map(seenBlock).join('\n')

function seenBlock({ type, text, elements = [] }: Block): string {
  switch (type) {
    case 'rich_text':
      return elements.map(seenBlock).join('\n')
    case 'rich_text_section':
      return elements
        .map(part =>
          part.type === 'link' ? (part.url ?? '') : part.style?.code ? `\`${words(part.text)}\`` : words(part.text),
        )
        .join('')
    case 'context':
      return elements.map(part => words(part.text)).join(' ')
    case 'actions':
      return elements.map(part => `[${words(part.text)}]`).join(' ')
    default:
      return words(text)
  }
}

const words = (text: string | { text: string } | undefined): string =>
  typeof text === 'string' ? text : (text?.text ?? '')

/** What Slack refuses of a message's blocks; null when it takes them. */
export function blocksRefusal(blocks: unknown): string | null {
  const list = (blocks ?? []) as Block[]
  if (list.length > 50) return 'invalid_blocks'
  if (list.some(({ type, elements = [] }) => type === 'actions' && elements.length > 25)) return 'invalid_blocks'
  if (list.some(({ type, text }) => type === 'markdown' && words(text).length > 12_000)) return 'msg_too_long'
  return lengthOf(list) > 13_200 ? 'msg_blocks_too_long' : null
}

const lengthOf = (part: unknown): number =>
  typeof part === 'string'
    ? part.length
    : typeof part === 'object' && part !== null
      ? Object.entries(part).reduce(
          (sum, [name, inner]) => sum + (/^(type|style|action_id)$/.test(name) ? 0 : lengthOf(inner)),
          0,
        )
      : 0

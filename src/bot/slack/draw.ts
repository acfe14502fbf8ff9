import type { types } from '@slack/bolt'
import { cut } from '../../words.ts'
import type { Controls } from '../controls.ts'
import { type Action, isMarkdown, type Message } from '../platform.ts'
import { buttonOf } from './buttons.ts'
import { CODE_SPAN, calm, escaped, withoutCode } from './text.ts'

type Block = types.KnownBlock | types.Block

/** A post as Slack takes it: blocks, and the text that stands in notifications. */
export type Drawn = { text: string; blocks: Block[] }

/** The blocks of a post may have 12,000 characters in all. */
export const MESSAGE_CHARS = 10_000
/** Slack cuts what notifies anyway. */
const NOTIFY_CHARS = 1000
/** One row of buttons holds this many. */
const ROW = 25
const DESCRIPTION_CHARS = 3000

/** Draws a post. */
export async function draw(message: Message, controls: Controls): Promise<Drawn> {
  const { step, text, detail = '', footer, actions = [] } = message
  const whole = text + detail
  const marks = step === 'note' ? LINKED : CODE_SPAN
  const body: Block = isMarkdown(message) ? markdown(whole) : literal(whole, marks)
  const notes = [footer].filter(note => note !== undefined)
  return {
    text: escaped(cut(whole, NOTIFY_CHARS)),
    blocks: [body, ...notes.map(quiet), ...(await drawActions(actions, whole, controls))],
  }
}

/** Actions as rows of buttons, under what each of them means where the post has not said that. */
async function drawActions(actions: readonly Action[], said: string, controls: Controls): Promise<Block[]> {
  const described = actions.filter(({ description }) => description)
  const meanings = described.map(({ label, description }) => `${label} — ${description}`)
  const meaning = meanings.filter(line => !said.includes(line)).join('\n')
  const buttons = await Promise.all(actions.map((action, index) => buttonOf(action, index, controls)))
  const rows: Block[] = []
  for (let at = 0; at < buttons.length; at += ROW)
    rows.push({ type: 'actions', elements: buttons.slice(at, at + ROW) } as types.ActionsBlock)
  return [...(meaning === '' ? [] : [quiet(cut(meaning, DESCRIPTION_CHARS))]), ...rows]
}

const markdown = (text: string): Block => ({ type: 'markdown', text: calm(text) }) as types.Block

/** In the bot's own answers addresses are links too; elsewhere somebody's words would become some. */
const LINKED = new RegExp(`${CODE_SPAN.source}|(https?://[^\\s<>]+)`, 'g')

/** Text that Slack reads no markup into; code spans are drawn as such. */
function literal(text: string, marks: RegExp): types.RichTextBlock {
  const safe = calm(text)
  const elements: (types.RichTextText | types.RichTextLink)[] = []
  let at = 0
  for (const span of safe.matchAll(marks)) {
    if (span.index > at) elements.push({ type: 'text', text: safe.slice(at, span.index) })
    if (span[2] === undefined) elements.push({ type: 'text', text: span[1] ?? '', style: { code: true } })
    else elements.push({ type: 'link', url: span[2] })
    at = span.index + span[0].length
  }
  if (at < safe.length || elements.length === 0) elements.push({ type: 'text', text: safe.slice(at) || ' ' })
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }
}

const quiet = (text: string): types.ContextBlock => ({
  type: 'context',
  elements: [{ type: 'plain_text', text: calm(withoutCode(text)), emoji: false }],
})

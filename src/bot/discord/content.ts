import { createHash } from 'node:crypto'
import { escapeMarkdown } from 'discord.js'
import { printable } from '../../printable.ts'
import { cut } from '../../words.ts'
import { isMarkdown, type Message } from '../platform.ts'
import { VERBS } from './catalog.ts'

/** What Discord takes at most in one message. */
const CONTENT_CHARS = 2000
const MARK_BITS = 40
/** Two characters without width, so that a mark is seen by programs only. */
const ZERO = '\u200b'
const ONE = '\u200c'
const MARK = new RegExp(`[${ZERO}${ONE}]{${MARK_BITS}}$`, 'u')

/** What the longest text may have, so that mark and markup find room. */
export const TEXT_CHARS = 1900

/** Says to Discord that two posts are the same one: unique for some minutes, at most 25 characters. */
export const nonceOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 24)

/** What a post bears so that it is known again when its nonce is forgotten. */
export function markOf(key: string): string {
  const hash = createHash('sha256').update(key).digest()
  const bits = [...hash.subarray(0, MARK_BITS / 8)].map(byte => byte.toString(2).padStart(8, '0')).join('')
  return bits.replaceAll('0', ZERO).replaceAll('1', ONE)
}

/** The mark that a post bears; empty for one without. */
export const markIn = (content: string): string => content.match(MARK)?.[0] ?? ''

/**
 * A message as Discord's Markdown: the text, a quieter line, and the mark. What is literal escapes what others wrote, and
 * names commands as they are given here.
 */
export function contentOf(message: Message, mark: string): string {
  const { text, detail = '', footer } = message
  const quiet = footer === undefined ? '' : `\n${literal(printable(footer)).replaceAll(/^(?=.)/gm, '-# ')}`
  const whole = printable(text + detail).replaceAll(/[\u200b\u200c]/g, '')
  const body = `${isMarkdown(message) ? whole : literal(whole)}${quiet}`
  return cut(body, CONTENT_CHARS - mark.length) + mark
}

/** What one person is told: the bot's own words, around names and texts of others. */
export const toldOf = (text: string): string => cut(literal(printable(text)), CONTENT_CHARS)

const literal = (text: string): string =>
  escapeMarkdown(text, {
    ...{ inlineCode: false, inlineCodeContent: false, codeBlock: false, codeBlockContent: false },
    ...{ maskedLink: true, heading: true, bulletedList: true, numberedList: true },
  })
    .replaceAll(/`channel:discord:(\d+)`/g, '<#$1>') // which Discord draws with the channel's name
    .replaceAll(/`errand (?=([a-z-]*))/g, (_, verb) => (VERBS.has(verb) ? '`/errand ' : '`@errand '))

/** The name of the thread below a post: what the card calls the job. */
export const threadName = (content: string): string =>
  cut((content.match(/^`([^`]+)`/)?.[1] ?? content.split('\n', 1)[0] ?? '').trim(), 100) || 'Errand'

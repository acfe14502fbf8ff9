import { printable } from '../../printable.ts'

// What would call people: Slack's own form in angle brackets, and the words that its clients turn into it.
const CALLS = /<(?=[!@#])|@(?=(?:channel|here|everyone)\b)/gi
const WORD_JOINER = '\u2060'

/** A text that shows what it says and calls nobody, whatever a person or a model wrote into it. */
export const calm = (text: string): string => printable(text).replaceAll(CALLS, found => `${found}${WORD_JOINER}`)

/** The same for a field that Slack reads as its own markup. */
export const escaped = (text: string): string =>
  calm(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A text without the backticks of its code spans, for a field that shows them as they are. */
export const withoutCode = (text: string): string => text.replaceAll(CODE_SPAN, '$1')

/** A pair of single backticks on one line. */
export const CODE_SPAN = /(?<!`)`([^`\n]+)`(?!`)/g

const MARKED = /<([^<>\s|]+)(?:\|([^<>]*))?>/g
const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }

/** What a person typed, from the form in which Slack sends it: links and mentions as they were written. */
export const typed = (text: string): string =>
  text
    .replaceAll(MARKED, (_, target: string, label: string | undefined) => unmarked(target, label))
    .replaceAll(/&(?:lt|gt|amp);/g, entity => ENTITIES[entity] ?? entity)
    .replaceAll('\u00a0', ' ')

function unmarked(target: string, label: string | undefined): string {
  if (target.startsWith('@')) return `@${label ?? target.slice(1)}`
  if (target.startsWith('#')) return `#${label || target.slice(1)}`
  if (target.startsWith('!')) return label ?? `@${target.slice(1).split('^', 1)[0]}`
  if (target.startsWith('mailto:') || target.startsWith('tel:')) return label ?? target.slice(target.indexOf(':') + 1)
  return target
}

/** The channels that a text names, from the form in which Slack sends it: their ids by what `typed` makes of them. */
export const channelsIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/<#([A-Z0-9]+)(?:\|([^<>]*))?>/g)].map(([, id = '', label]) => [`#${label || id}`, id]))

/** The text of a mention without the mention: `@errand brief tyres` and `brief tyres @errand` are the same. */
export const withoutMention = (text: string, botUser: string): string =>
  text.replace(new RegExp(`\\s*<@${botUser}(?:\\|[^>]*)?>[,:]?\\s*`), ' ').trim()

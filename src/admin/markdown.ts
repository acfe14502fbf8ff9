import MarkdownIt from 'markdown-it'
import { printable } from '../printable.ts'
import { cut } from '../words.ts'

/** A longer text is cut: nobody reads on, and the work of one line stays bounded. */
const MAX_CHARS = 100_000
/** The page has two headings above every text. */
const HEADINGS_ABOVE = 2

const markdown = createMarkdown()

/** Markdown as HTML that holds no tag, address or style but those written here: raw HTML in it is text. */
export function renderMarkdown(text: string): string {
  const html = markdown.render(printable(cut(text, MAX_CHARS)))
  return text.length > MAX_CHARS ? `${html}<p class="cut">… cut here; the whole log has the rest</p>` : html
}

function createMarkdown() {
  const md = new MarkdownIt({ html: false, linkify: true })
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
  md.validateLink = url => /^https?:\/\//i.test(url)
  md.core.ruler.push('errand', ({ tokens }) => {
    for (const token of tokens) {
      if (token.type === 'heading_open' || token.type === 'heading_close') token.tag = lowered(token.tag)
      // Inline styles are forbidden here; a column's side is a class.
      const side = /^text-align:(\w+)$/.exec(String(token.attrGet('style')))?.[1]
      token.attrs = token.attrs?.filter(([name]) => name !== 'style') ?? null
      if (side) token.attrSet('class', side)
    }
  })
  md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow')
    tokens[index]?.attrSet('target', '_blank')
    return self.renderToken(tokens, index, options)
  }
  // An image would be fetched from somewhere as soon as the line is seen: its words stand for it.
  md.renderer.rules.image = (tokens, index) => md.utils.escapeHtml(tokens[index]?.content ?? '')
  return md
}

const lowered = (tag: string): string => `h${Math.min(6, Number(tag.slice(1)) + HEADINGS_ABOVE)}`

import { printable } from '../printable.ts'
import { cut, size } from '../words.ts'

/** The longest text that a fold of the log shows, in characters. */
const MAX_CHARS = 8000

/** A text as it may be shown: at most so long, and without anything that hides or turns it. */
export const clipped = (text: string): string => printable(cut(text, MAX_CHARS))

/** Says how much of a text is left out; nothing when it is shown whole. */
export const CutNote = ({ text }: { text: string }) =>
  text.length > MAX_CHARS ? <p class="cut">… {size(text.length - MAX_CHARS)} more; the whole log has it</p> : null

/** A text as it was written, line by line. */
export const Plain = ({ text, kind = 'plain' }: { text: string; kind?: string }) => (
  <>
    <pre class={kind}>{clipped(text)}</pre>
    <CutNote text={text} />
  </>
)

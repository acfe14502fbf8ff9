import { printable } from '../printable.ts'

/** A text of one voice with the chat, as it may be shown: what stands in backticks is code, all else is text. */
export const Sentence = ({ text }: { text: string }) => (
  <>
    {printable(text)
      .split(/`([^`]+)`/)
      .map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}
  </>
)

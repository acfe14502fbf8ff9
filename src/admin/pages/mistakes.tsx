import type { Mistake } from '../../engine/instructions/instruction.ts'
import { Sentence } from '../sentence.tsx'

/** Files of the instructions folder that do not load: what is wrong, and the remedy. */
export function Mistakes({ mistakes }: { mistakes: readonly Mistake[] }) {
  if (mistakes.length === 0) return null
  return (
    <section class="notice">
      <h2>Instructions that do not load</h2>
      <ul>
        {mistakes.map(({ file, line, message }) => (
          <li>
            <code>
              {file}, line {line}
            </code>
            : <Sentence text={message} />
          </li>
        ))}
      </ul>
    </section>
  )
}

import type { OutputView } from '../../engine/view.ts'
import { printable } from '../../printable.ts'
import { size } from '../../words.ts'
import type { Links } from './links.ts'

/** What is shown as text, by its type: nothing that a browser would run or draw. */
const TEXT = /^(text\/(plain|markdown|csv|tab-separated-values)|application\/(json|x-ndjson|yaml|toml))\b/
const IMAGE = /^image\/(png|jpeg|gif|webp|avif)$/
/** A larger one is only offered as a file. */
const MAX_IMAGE_BYTES = 20_000_000

/** `attempt`: an earlier one, whose files they are. */
type OutputsProps = { job: string; outputs: readonly OutputView[]; links: Links; attempt?: number }

/** The files of a job: each to be saved, images and texts to be looked at here. */
export const Outputs = ({ job, outputs, links, attempt }: OutputsProps) => (
  <ul class="outputs">
    {outputs.map(output => (
      <li>
        <a href={links.output(job, output.path, attempt)} download="" data-row="">
          {printable(output.path).replaceAll('\n', ' ')}
        </a>
        <span class="num">{size(output.bytes)}</span>
        <Preview output={output} href={links.output(job, output.path, attempt)} />
      </li>
    ))}
  </ul>
)

function Preview({ output: { path, type, bytes }, href }: { output: OutputView; href: string }) {
  if (IMAGE.test(type) && bytes <= MAX_IMAGE_BYTES)
    return (
      <details class="preview">
        <summary>Show</summary>
        <img src={href} alt={printable(path)} loading="lazy" />
      </details>
    )
  if (!TEXT.test(type)) return null
  return (
    <details class="preview scripted" data-text={href} data-bytes={bytes}>
      <summary>Show</summary>
      <pre class="plain" />
    </details>
  )
}

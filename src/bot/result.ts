import { facts } from '../engine/card-words.ts'
import { resultWords } from '../engine/result-words.ts'
import type { JobView, OutputView } from '../engine/view.ts'
import { elsewhere, type LinkTo } from './elsewhere.ts'
import type { Message, PlatformLimits, PostFile } from './platform.ts'
import { ANSWER_FILE, firstPart } from './split.ts'

/** The last post of a thread, which notifies: the answer or what went wrong, then time, cost and files. */
export function resultMessage(view: JobView, limits: PlatformLimits, linkTo?: LinkTo): Message {
  const body = resultWords(view)
  const footer = footerOf(view)
  const room = limits.messageChars - footer.length - 1
  const whole = withFiles(view, limits, limits.filesPerPost, linkTo)
  if (body.length + whole.rest.length <= room)
    return { step: 'result', text: body + whole.rest, footer, files: whole.files }
  // Too long: the answer becomes a file and takes the first place; a file that then finds none is named.
  const { rest, files } = withFiles(view, limits, limits.filesPerPost - 1, linkTo)
  const answer: PostFile = { name: ANSWER_FILE, bytes: Buffer.byteLength(body), text: body }
  return { step: 'result', text: firstPart(body, room - rest.length) + rest, footer, files: [answer, ...files] }
}

/** What goes with the post, and a paragraph about what does not; '' when everything does. */
function withFiles(view: JobView, limits: PlatformLimits, places: number, linkTo: LinkTo | undefined) {
  const fits: OutputView[] = []
  let left = limits.postBytes
  for (const output of view.outputs) {
    if (fits.length >= places || output.bytes > Math.min(limits.fileBytes, left)) continue
    fits.push(output)
    left -= output.bytes
  }
  const missing = view.outputs.filter(output => !fits.includes(output))
  const fileOf = (output: OutputView): PostFile => {
    const { path, file, bytes } = output
    return { name: path, bytes, file, job: view.id, ...(linkTo && { link: linkTo(view.id, output) }) }
  }
  const rest = missing.length === 0 ? '' : `\n\n${elsewhere(missing.map(fileOf))}`
  return { files: fits.map(fileOf), rest }
}

/** Of what did not succeed the id is there to quote. */
function footerOf(view: JobView): string {
  const known = facts(view).join(' · ')
  if (view.status === 'succeeded') return `done in ${known}`
  const log = view.status === 'failed' ? [`\`errand log ${view.id}\` shows every step`] : []
  return [...(known === '' ? [] : [`after ${known}`]), `job ${view.id}`, ...log].join(' · ')
}

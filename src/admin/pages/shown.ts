import type { JobView } from '../../engine/view.ts'
import { printable } from '../../printable.ts'

/** A job whose short texts may be shown as they are: nothing in them hides or turns what stands around them. */
export const shown = (view: JobView): JobView => ({
  ...view,
  title: printable(view.title),
  actorName: printable(view.actorName),
  message: view.message && printable(view.message),
})

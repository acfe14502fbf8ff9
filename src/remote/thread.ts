import { cardMessage } from '../bot/card.ts'
import type { Message } from '../bot/platform.ts'
import { resultMessage } from '../bot/result.ts'
import { appendingBoard } from '../bot/terminal/board.ts'
import { advance, NO_PROGRESS, progressText } from '../engine/progress.ts'
import type { JobView } from '../engine/view.ts'
import { isFinal, type JobEvent } from '../job.ts'
import { filesText } from './files.ts'
import { jobPath, readJob } from './job.ts'
import { LIMITS, questionMessages } from './question-lines.ts'
import type { Remote } from './verb.ts'

/** A job's thread as the terminal of the chat shows it: what is new is appended. */
export type Thread = { hear(event: JobEvent): Promise<void>; end(view: JobView): void }

export function openThread({ client, clock, show, cwd }: Remote, first: JobView): Thread {
  const board = appendingBoard(show, cwd)
  const shown = new Map<string, Message>()
  let progress = NO_PROGRESS
  const put = (ref: string, message: Message) => {
    board.put({ ref, thread: ref === 'card' ? null : 'card', message }, shown.get(ref) ?? null)
    shown.set(ref, message)
  }
  const card = (view: JobView) => put('card', cardMessage(view, clock.now()))
  const now = async () => (await readJob(client, jobPath(first.id))).view
  card(first)
  return {
    hear: async event => {
      progress = advance(progress, event)
      const said = progressText(progress)
      if (said !== '') put('progress', { step: 'progress', text: said })
      if (event.kind === 'answer') put(`answer ${event.seq}`, { step: 'note', text: event.text })
      if (event.status === undefined && event.kind !== 'question') return
      const view = await now()
      if (isFinal(view.status)) return // the end says so
      if (event.status !== undefined) card(view)
      const question = event.kind === 'question' ? view.questions.find(({ id }) => id === event.id) : undefined
      const messages = question ? questionMessages(question, view.id) : []
      for (const [i, message] of messages.entries()) put(`${event.id}.${i}`, message)
    },
    end: view => {
      card(view)
      const { files, ...words } = resultMessage(view, LIMITS) // whose paths are those of the server
      put('result', words)
      if (files?.length) board.say(filesText(view))
    },
  }
}

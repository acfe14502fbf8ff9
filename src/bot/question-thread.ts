import type { Engine } from '../engine/engine.ts'
import type { JobEvent } from '../job.ts'
import { type LivePost, livePost } from './live.ts'
import type { Target } from './platform.ts'
import { questionPosts } from './question.ts'
import type { Teller } from './teller.ts'

/** The posts of a job's questions: each notifies when it is asked, and says afterwards who answered what. */
export type QuestionThread = {
  /** Takes a line of the log that has to do with a question. */
  hear(event: JobEvent): Promise<void>
  /** The job is over: what is open needs no answer any more. */
  end(): Promise<void>
}

export function questionThread(
  job: string,
  thread: Target,
  teller: Teller & { engine: Pick<Engine, 'question'> },
): QuestionThread {
  const { engine, outbox, platform } = teller
  const posts = new Map<string, LivePost>()
  const open = new Set<string>()

  /** Shows a question as it stands; one that was answered before anybody saw it is not posted. */
  const show = async (id: string, how: 'say' | 'settle') => {
    const question = await engine.question(id)
    if (!question) return
    for (const { part, message } of questionPosts(question, job, platform.limits)) {
      const key = `${job}/question-${id}.${part}`
      const post = posts.get(key) ?? (await begin(key, question.state === 'open', message))
      if (post) await post[how](message)
    }
    if (question.state !== 'open') open.delete(id)
  }
  const begin = async (key: string, isOpen: boolean, message: Parameters<LivePost['say']>[0]) => {
    const delivered = isOpen ? await outbox.deliver(key, thread, 2, message) : await outbox.find(key)
    if (!delivered) return null
    const post = livePost(delivered, teller)
    posts.set(key, post)
    return post
  }
  return {
    hear: async ({ kind, id, status, text, seq }) => {
      if (kind === 'answer' && id === undefined)
        return void (await outbox.deliver(`${job}/said-${seq}`, thread, 2, { step: 'note', text }))
      if (id === undefined) return
      if (kind === 'question') open.add(id)
      if (kind === 'question' || kind === 'answer') await show(id, 'say')
      if (kind === 'status' && status === 'waiting')
        await outbox.deliver(`${job}/reminder-${id}`, thread, 2, { step: 'note', text: `This ${text}` })
    },
    end: async () => {
      for (const id of open) await show(id, 'settle')
    },
  }
}

import { postKey } from '../db/delivery.ts'
import { lastSeq, roundStart } from '../db/event.ts'
import type { Engine } from '../engine/engine.ts'
import { advance, NO_PROGRESS, type Progress, pastProgressText, progressText } from '../engine/progress.ts'
import type { JobView } from '../engine/view.ts'
import { isFinal, type JobEvent, type JobStatus, NOTICE } from '../job.ts'
import { cardMessage } from './card.ts'
import type { Delivered } from './delivery.ts'
import { endActions } from './end-actions.ts'
import { type LivePost, livePost } from './live.ts'
import { pause } from './pause.ts'
import type { Message, Target } from './platform.ts'
import { questionThread } from './question-thread.ts'
import { resultMessage } from './result.ts'
import type { Teller } from './teller.ts'

/** How often a queued job's position is looked at where the platform asks for no faster tick. */
const QUEUED_TICK_MS = 5000
/** Further back a card is looked at once less often for each so many places: a long queue must not take up all edits. */
const PLACES_A_TICK = 5

/** Notes that the job's thread is owed an end: until the result is sent, some process takes the thread up again. */
export const oweThread = (view: JobView, { outbox }: Teller): Promise<void> =>
  outbox.owe(postKey(view.id, 'result', view.round), { place: view.place, thread: view.ref }, 3, 'result')

/** Posts the job's card; null when it could not be posted. */
export async function postCard(view: JobView, { outbox, clock }: Teller): Promise<Delivered | null> {
  const target = { place: view.place, thread: view.ref }
  return await outbox.deliver(postKey(view.id, 'card'), target, 1, cardMessage(view, clock.now()))
}

/**
 * Tells a job to its thread until the job is over: card and progress by edits, and at the end the result as a post of
 * its own. A thread that an earlier process began is taken up where it stands.
 */
export async function tellThread(view: JobView, card: Delivered | null, teller: Teller): Promise<void> {
  const story = createStory(view, card, teller)
  const from = view.round === 1 ? 0 : await roundStart(teller.db, view.id)
  // What stood in the log before is counted, and only what it came to is told.
  const last = card?.shown ? 0 : await lastSeq(teller.db, view.id)
  const ticking = new AbortController()
  const ticks = tick(story, teller, AbortSignal.any([teller.signal, ticking.signal]))
  try {
    for await (const event of teller.engine.follow(view.id, from, teller.signal))
      await story.hear(event, event.seq >= last)
  } finally {
    ticking.abort()
    await ticks
  }
  if (!teller.signal.aborted) await story.end()
}

/** Shows what changes without a log line: a queued job's position, and the time where the platform wants that. */
async function tick(story: Story, { clock, platform, log }: Teller, signal: AbortSignal): Promise<void> {
  const { tickMs } = platform.limits
  while (await pause(clock, tickMs ?? QUEUED_TICK_MS, signal)) {
    await story.tick(tickMs !== null).catch(error => log.warn({ err: error, job: story.job }, 'a card missed a tick'))
  }
}

type Story = {
  job: string
  /** Takes one log line; unless `aloud` it only counts. */
  hear(event: JobEvent, aloud: boolean): Promise<void>
  /** `timeCounts`: the time so far is worth an edit. */
  tick(timeCounts: boolean): Promise<void>
  /** The job is over. */
  end(): Promise<void>
}

function createStory(begun: JobView, card: Delivered | null, teller: Teller): Story {
  const { engine, outbox, clock, platform, linkTo } = teller
  const thread: Target = { place: begun.place, thread: begun.ref ?? card?.ref ?? null }
  const cardPost = card && livePost(card, teller)
  const progressPost = progressPoster(begun, thread, teller)
  const questions = questionThread(begun.id, thread, teller)
  let progress: Progress = NO_PROGRESS
  let ticks = 0
  let view = begun
  const sayCard = async () => await cardPost?.say(cardMessage(view, clock.now(), progress))

  return {
    job: begun.id,
    hear: async (event, aloud) => {
      progress = advance(progress, event)
      await questions.hear(event)
      if (event.kind === 'status' && event.id === NOTICE)
        await outbox.deliver(`${view.id}/notice-${event.seq}`, thread, 2, { step: 'note', text: event.text })
      if (event.status) view = seenAt(event.status, view, await readJob(engine, view.id))
      if (!aloud || isFinal(event.status ?? view.status)) return // the end tells what is final
      await sayCard()
      await progressPost.say(progressText(progress))
    },
    tick: async timeCounts => {
      ticks += 1
      if (view.status === 'queued' && ticks % ticksFor(view) !== 0) return
      const fresh = view.status === 'queued' ? await readJob(engine, view.id) : null
      if (view.status === 'queued' && fresh?.status === 'queued') view = fresh
      if (view.status === 'queued' || (view.status === 'running' && timeCounts)) await sayCard()
      if (view.status === 'running' && timeCounts) await platform.working?.(thread)
    },
    end: async () => {
      view = await readJob(engine, view.id)
      await questions.end()
      const past = progressText(progress) === '' ? null : progressPost.settle(pastProgressText(progress))
      await cardPost?.settle(cardMessage(view, clock.now()))
      // Last, because it closes the thread: once it is sent, no start takes the thread up again.
      const key = postKey(view.id, 'result', begun.round)
      if (view.saidInto !== null)
        await outbox.forgive(key) // the job that has heard it has the answer
      else if (!teller.signal.aborted)
        await outbox.deliver(key, thread, 3, {
          ...resultMessage(view, platform.limits, linkTo),
          actions: endActions(view, engine.instructions().byName.get(view.instruction)),
        })
      await past // the answer does not wait for it
    },
  }
}

/** How many ticks there are between two looks at a queued job. */
const ticksFor = ({ position }: JobView): number => Math.ceil((position ?? PLACES_A_TICK * 6) / PLACES_A_TICK)

/** The progress post, made when there is something to say. */
function progressPoster({ id, round }: JobView, thread: Target, teller: Teller) {
  let post: LivePost | null | undefined
  const show = (how: 'say' | 'settle') => async (text: string) => {
    if (text === '') return
    const message: Message = { step: 'progress', text }
    if (post === undefined) {
      const delivered = await teller.outbox.deliver(postKey(id, 'progress', round), thread, 2, message)
      post = delivered && livePost(delivered, teller)
      await teller.platform.working?.(thread) // the post has taken the sign away
    }
    await post?.[how](message)
  }
  return { say: show('say'), settle: show('settle') }
}

/**
 * The job as the log has it: its row may be ahead. A place in the queue that is gone is not told any more, and what
 * is final belongs to the end.
 */
function seenAt(status: JobStatus, before: JobView, now: JobView): JobView {
  if (isFinal(status) || (status === 'queued' && now.status !== 'queued')) return before
  return { ...now, status }
}

async function readJob(engine: Pick<Engine, 'job'>, id: string): Promise<JobView> {
  const view = await engine.job(id)
  if (view === null) throw new Error(`job ${id} has a thread and is gone`)
  return view
}

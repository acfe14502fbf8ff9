import { jobOfKey, owedKeys, postKey, takeOwed } from '../db/delivery.ts'
import type { JobView } from '../engine/view.ts'
import { createAlerts } from './alerts.ts'
import { createOutbox, type Delivered } from './delivery.ts'
import type { DeskOptions } from './desk-options.ts'
import { whileHeld } from './hold.ts'
import { insist } from './insist.ts'
import { isOf } from './platform.ts'
import type { Teller } from './teller.ts'
import { oweThread, postCard, tellThread } from './thread.ts'

/** The threads of one platform that this process tells; each is told by one process. */
export type Threads = {
  /** Begins a job's thread, or goes on with it; false when its card could not be posted. */
  open(view: JobView): Promise<boolean>
  /** Goes on with the threads that other processes have left without an end, and with what the engine wants said. */
  takeUp(): Promise<void>
  /** The same, and looks for jobs whose thread nobody has begun. Once, at the start. */
  takeUpAll(): Promise<void>
}

/** How many of the newest live jobs are looked through for one that was submitted right before a crash. */
const NEWEST = 100

export function createThreads(options: DeskOptions): Threads {
  const { engine, platform, work, signal } = options
  const told = new Set<string>()
  const foreign = new Set<string>()
  const alerts = createAlerts(options)

  const open = async (view: JobView): Promise<boolean> => {
    if (told.has(view.id)) return true
    told.add(view.id)
    const thread = await begin(view, options).finally(() => told.delete(view.id))
    if (!thread) return true
    told.add(view.id)
    const ended = thread.told.finally(() => told.delete(view.id))
    work.add(ended, { job: view.id })
    return thread.card !== null || signal.aborted // stopped in between: the next process posts it
  }
  const takeUp = async () => {
    const ids = (await owedKeys(options.db, 'result', options.owner)).map(jobOfKey)
    for (const id of ids.filter(id => !told.has(id) && !foreign.has(id))) {
      const view = await engine.job(id)
      if (view && isOf(platform, view.place)) work.add(open(view), { job: id })
      else foreign.add(id)
    }
    await alerts.takeUp()
  }
  return {
    open,
    takeUp,
    takeUpAll: async () => {
      const { jobs } = await engine.jobs({ live: true, limit: NEWEST })
      for (const view of jobs) if (isOf(platform, view.place)) work.add(open(view), { job: view.id })
      await takeUp()
    },
  }
}

/** Takes the thread and posts its card; undefined when another living process tells it, or nothing is left to tell. */
async function begin(
  view: JobView,
  options: DeskOptions,
): Promise<{ card: Delivered | null; told: Promise<void> } | undefined> {
  const key = postKey(view.id, 'result', view.round)
  const teller: Teller = { ...options, outbox: createOutbox(options) }
  await oweThread(view, teller)
  if (!(await insist(() => options.commit(trx => takeOwed(trx, key, options.owner), 'relaxed'), options)))
    return undefined
  const held = whileHeld(teller, key, options.owner)
  const holder: Teller = { ...teller, ...held, outbox: createOutbox({ ...options, ...held }) }
  const card = await postCard(view, holder)
  // From now on what is written there goes on with this conversation.
  if (card && view.ref === null) await options.engine.keepThread(view.conversation, card.ref)
  return { card, told: tell(view, card, holder) }
}

/** Tells a thread; where that breaks, the thread says so once, and the job goes on. */
async function tell(view: JobView, card: Delivered | null, teller: Teller): Promise<void> {
  try {
    await tellThread(view, card, teller)
  } catch (error) {
    if (teller.signal.aborted) return // stopped, or another process tells it
    teller.log.error({ err: error, job: view.id }, 'a thread broke')
    const text = `Something broke (job ${view.id}), and this thread ends here. \`errand status ${view.id}\` shows how the job goes.`
    const thread = { place: view.place, thread: view.ref ?? card?.ref ?? null }
    await teller.outbox.deliver(postKey(view.id, 'broken', view.round), thread, 4, { step: 'result', text })
  }
}

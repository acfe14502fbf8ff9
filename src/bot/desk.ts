import { owedKeys } from '../db/delivery.ts'
import { finishInbound, takeInbound, unansweredInbound } from '../db/inbound.ts'
import type { JobView } from '../engine/view.ts'
import { UserError } from '../errors.ts'
import { cut, oneLine } from '../words.ts'
import { whoAsks } from './access.ts'
import { answer, type Reply } from './answer.ts'
import type { BotOptions } from './bot.ts'
import { parseCommand } from './commands.ts'
import { createOutbox, type Delivered } from './delivery.ts'
import { insist } from './insist.ts'
import type { Platform, Request } from './platform.ts'
import { jobOfKey, postCard, postKey, type Teller, tellThread } from './thread.ts'
import type { Work } from './work.ts'

/** One platform's side of the bot. */
export type Desk = {
  readonly platform: Platform
  /** Keeps a request and resolves; what was asked is done afterwards. Rejects with a UserError when it was not kept. */
  take(request: Request): Promise<void>
  /** Goes on with what an earlier process left: threads without an end, requests without an answer. */
  takeUp(): Promise<void>
}

type DeskOptions = Omit<BotOptions, 'platforms' | 'redact'> & { platform: Platform; work: Work; signal: AbortSignal }

/** How many of the newest live jobs are looked through for one that was submitted right before a crash. */
const NEWEST = 100

export function createDesk(options: DeskOptions): Desk {
  const { engine, db, platform, clock, log, work, signal } = options
  const teller: Teller = { ...options, outbox: createOutbox(options) }

  /** Begins a job's thread; false when its card could not be posted. */
  const open = async (view: JobView): Promise<boolean> => {
    const card = await postCard(view, teller)
    work.add(tell(view, card, teller), { job: view.id })
    return card !== null || signal.aborted // stopped in between: the next process posts it
  }
  const reply = async (request: Request): Promise<Reply | null> => {
    try {
      const command = parseCommand(request, engine.instructions(), whoAsks(request))
      return await answer(command, request, { ...options, platform: platform.name, open })
    } catch (error) {
      if (error instanceof UserError) return { text: error.message }
      log.error({ err: error, request: request.key }, 'a request broke')
      return { text: `Something broke (request ${request.key}). The server's log has the details.` }
    }
  }
  const handle = async (request: Request) => {
    const said = await reply(request)
    await insist(() => finishInbound(db, platform.name, request.key), options) // before the whisper: what was done must not count as cut off
    if (said) await platform.whisper(request, clip(said.text, platform.limits.messageChars), said.actions)
  }
  return {
    platform,
    take: async request => {
      if (signal.aborted) throw new UserError('I am stopping; nothing was started. Send it again when I am back.')
      const body: KeptRequest = kept(request)
      const inbound = { platform: platform.name, key: request.key, body, at: clock.now().toISOString() }
      const isNew = await takeInbound(db, inbound).catch(error => {
        log.error({ err: error, request: request.key }, 'a request could not be kept')
        throw new UserError('I could not keep this request, so nothing was started. Try again.', { cause: error })
      })
      if (isNew) work.add(handle(request), { request: request.key })
    },
    takeUp: async () => {
      for (const view of await openThreads(options)) work.add(open(view), { job: view.id })
      for (const { key, body } of await unansweredInbound(db, platform.name)) {
        const request: Request = { ...(body as KeptRequest), key, files: [] }
        const text = `I was restarted while I took up \`${oneLine(request.text, 80)}\`. \`errand jobs\` shows whether it was started; if not, send it again.`
        work.add(platform.whisper(request, text), { request: key })
        await finishInbound(db, platform.name, key)
      }
    },
  }
}

/** A request as it is kept; its files are streams and are not. */
type KeptRequest = Pick<Request, 'text' | 'actor' | 'actorName' | 'place' | 'thread'>

const kept = ({ text, actor, actorName, place, thread }: Request): KeptRequest => ({
  text,
  actor,
  actorName,
  place,
  thread,
})

/** Jobs of this platform whose thread has no end yet. */
async function openThreads({ db, engine, platform }: DeskOptions): Promise<JobView[]> {
  const { jobs: live } = await engine.jobs({ live: true, limit: NEWEST })
  const ids = new Set([...(await owedKeys(db, 'result')).map(jobOfKey), ...live.map(view => view.id)])
  const views = await Promise.all([...ids].map(id => engine.job(id)))
  return views.filter(view => view !== null).filter(view => view.platform === platform.name)
}

/** Tells a thread; where that breaks, the thread says so once, and the job goes on. */
async function tell(view: JobView, card: Delivered | null, teller: Teller): Promise<void> {
  try {
    await tellThread(view, card, teller)
  } catch (error) {
    teller.log.error({ err: error, job: view.id }, 'a thread broke')
    const text = `Something broke (job ${view.id}), and this thread ends here. \`errand status ${view.id}\` shows how the job goes.`
    const thread = { place: view.place, thread: view.ref ?? card?.ref ?? null }
    await teller.outbox.deliver(postKey(view.id, 'broken'), thread, 4, { step: 'result', text })
  }
}

const clip = (text: string, max: number) => (text.length <= max ? text : `${cut(text, max - 1)}…`)

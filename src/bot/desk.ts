import { finishInbound, takeInbound, takeUnanswered } from '../db/inbound.ts'
import { UserError } from '../errors.ts'
import { cut, oneLine } from '../words.ts'
import { answer } from './answer.ts'
import { answerInThread } from './answer-question.ts'
import type { Reply } from './answering.ts'
import { askerOf } from './asker.ts'
import { parseCommand } from './commands.ts'
import type { DeskOptions } from './desk-options.ts'
import { insist } from './insist.ts'
import type { Platform, Request } from './platform.ts'
import { replyInThread } from './reply-in-thread.ts'
import { createThreads } from './threads.ts'
import { createTurns } from './turns.ts'

/** One platform's side of the bot. */
export type Desk = {
  readonly platform: Platform
  /** Keeps a request and resolves; what was asked is done afterwards. Rejects with a UserError when it was not kept. */
  take(request: Request): Promise<void>
  /** Goes on with what earlier processes left: threads without an end, requests without an answer. */
  takeUp(when: 'start' | 'later'): Promise<void>
}

export function createDesk(options: DeskOptions): Desk {
  const { engine, platform, log, work, signal } = options
  const threads = createThreads(options)
  const turns = createTurns(options.clock, signal)

  const reply = async (request: Request): Promise<Reply | null> => {
    try {
      await request.admit?.()
      const who = await askerOf({ platform: platform.name, ...request }, engine)
      const asked = { ...request, ...who }
      const command = parseCommand(asked, engine.instructions(), who)
      const deps = { ...options, platform: platform.name, open: threads.open }
      const meant = (await answerInThread(command, asked, deps)) ?? (await replyInThread(command, asked, deps))
      return await answer(meant ?? command, asked, deps)
    } catch (error) {
      if (error instanceof UserError) return { text: error.message }
      log.error({ err: error, request: request.key }, 'a request broke')
      return { text: `Something broke (request ${request.key}). The server's log has the details.` }
    }
  }
  const handle = async (request: Request) => {
    const said = await reply(request)
    // Before the whisper: what was done must not count as cut off.
    await finish(request, options)
    if (said) await platform.whisper(request, clip(said.text, platform.limits.messageChars), said.actions)
    else await request.done?.()
  }
  const begin = async (request: Request) => {
    if (await isTooLate(request, log)) return await finish(request, options)
    await turns.next()
    await handle(request)
  }
  return {
    platform,
    take: async request => {
      if (signal.aborted) throw new UserError('I am stopping; nothing was started. Send it again when I am back.')
      if (request.acknowledged) turns.expect(request.acknowledged)
      const isNew = await keep(request, options)
      if (isNew) work.add(begin(request), { request: request.key })
    },
    takeUp: async when => {
      await (when === 'start' ? threads.takeUpAll() : threads.takeUp())
      await tellCutOff(options)
    },
  }
}

/** Keeps a request; false when it was kept before. Throws a UserError when the database does not take it. */
async function keep(request: Request, { owner, commit, platform, clock, log }: DeskOptions): Promise<boolean> {
  const body: KeptRequest = kept(request)
  const inbound = { platform: platform.name, key: request.key, body, at: clock.now().toISOString(), owner }
  return await commit(trx => takeInbound(trx, inbound)).catch(error => {
    log.error({ err: error, request: request.key }, 'a request could not be kept')
    throw new UserError('I could not keep this request, so nothing was started. Try again.', { cause: error })
  })
}

/** True when the platform has told the person meanwhile that it failed. */
const isTooLate = async ({ key, acknowledged }: Request, log: DeskOptions['log']): Promise<boolean> =>
  await Promise.resolve(acknowledged).then(
    () => false,
    error => {
      log.warn({ err: error, request: key }, 'a request could not be acknowledged; nothing was started')
      return true
    },
  )

const finish = ({ key }: Request, options: DeskOptions): Promise<void> =>
  insist(() => options.commit(trx => finishInbound(trx, options.platform.name, key)), options)

/** Says to those whose request was taken by a process that ended what may have become of it. */
async function tellCutOff({ db, platform, owner, work }: DeskOptions): Promise<void> {
  for (const { key, body } of await takeUnanswered(db, platform.name, owner)) {
    const request: Request = { ...(body as KeptRequest), key, files: [] }
    const text = `I was restarted while I took up \`${oneLine(request.text, 80)}\`. \`errand jobs\` shows whether it was started; if not, send it again.`
    work.add(platform.whisper(request, text), { request: key })
    await finishInbound(db, platform.name, key)
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

const clip = (text: string, max: number) => (text.length <= max ? text : `${cut(text, max - 1)}…`)

import { groupCommit } from '../db/commit.ts'
import { releaseOwed } from '../db/delivery.ts'
import { UserError } from '../errors.ts'
import type { Redact } from '../redact.ts'
import { createDesk, type Desk } from './desk.ts'
import type { DeskOptions } from './desk-options.ts'
import { pause } from './pause.ts'
import type { Platform } from './platform.ts'
import { redacted } from './redact.ts'
import { createWork } from './work.ts'

export type Bot = {
  /**
   * Connects the platforms and takes up the threads that an earlier process left. One that is set up wrong is named in
   * the log and left out; one that does not answer is tried again until the stop. The others work meanwhile.
   */
  start(): Promise<void>
  /** Takes no more requests, ends what is under way between two posts, and disconnects. */
  stop(): Promise<void>
  /** Resolves once every request is answered and every thread is told to its end. */
  settled(): Promise<void>
}

/** What the bot works with: a desk for each platform. */
export type BotOptions = Omit<DeskOptions, 'platform' | 'commit' | 'work' | 'signal'> & {
  platforms: readonly Platform[]
  /** Takes the server's secrets out of a text; everything that is posted passes through it. */
  redact: Redact
}

/** How often is looked for what another process left. */
const LOOK_MS = 1000
/** How long after a platform did not answer it is tried again. */
const RECONNECT_MS = 15_000

/** The chat side: requests of every platform become jobs, and jobs tell their threads how they go. */
export function createBot({ platforms, redact, ...deps }: BotOptions): Bot {
  const { clock, log } = deps
  const stopping = new AbortController()
  const work = createWork(log)
  const commit = groupCommit(deps.db)
  const desks = platforms.map(platform =>
    createDesk({ ...deps, commit, platform: redacted(platform, redact), work, signal: stopping.signal }),
  )
  /** Those that may post; more come while a platform that did not answer is tried again. */
  const connected: Desk[] = []
  const connect = async (desk: Desk) => {
    try {
      await desk.platform.start(desk.take)
      connected.push(desk)
      await desk.takeUp('start')
    } catch (error) {
      const about = { platform: desk.platform.name }
      if (error instanceof UserError) return log.error(about, error.message)
      log.error({ err: error, ...about, againInMs: RECONNECT_MS }, 'a platform cannot be reached')
      work.add(connectLater(desk), about)
    }
  }
  const connectLater = async (desk: Desk) => {
    if (await pause(clock, RECONNECT_MS, stopping.signal)) await connect(desk)
  }
  let watching = Promise.resolve()
  return {
    start: async () => {
      await Promise.all(desks.map(connect))
      watching = watch(connected, deps, stopping.signal)
    },
    stop: async () => {
      stopping.abort()
      for (const { platform } of connected) platform.stopWaiting?.()
      await watching
      await work.settled()
      await releaseOwed(deps.db, deps.owner).catch(error =>
        log.warn({ err: error }, 'another process takes up the threads once this one is known to be gone'),
      )
      await Promise.all(connected.map(({ platform }) => platform.stop()))
    },
    settled: () => work.settled(),
  }
}

/** Takes up what other processes leave, until the stop. */
async function watch(desks: readonly Desk[], { clock, log }: Pick<BotOptions, 'clock' | 'log'>, signal: AbortSignal) {
  while (await pause(clock, LOOK_MS, signal)) {
    for (const desk of desks)
      await desk
        .takeUp('later')
        .catch(error => log.error({ err: error }, 'what others left could not be looked for; trying again'))
  }
}

import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Log } from '../log.ts'
import { createDesk } from './desk.ts'
import type { Platform } from './platform.ts'
import { redacted } from './redact.ts'
import { createWork } from './work.ts'

export type Bot = {
  /** Connects the platforms and takes up the threads that an earlier process left. Throws when one cannot connect. */
  start(): Promise<void>
  /** Takes no more requests, ends what is under way between two posts, and disconnects. */
  stop(): Promise<void>
  /** Resolves once every request is answered and every thread is told to its end. */
  settled(): Promise<void>
}

export type BotOptions = {
  engine: Omit<Engine, 'start' | 'stop'>
  db: Db
  platforms: readonly Platform[]
  clock: Clock
  log: Log
  /** Takes the server's secrets out of a text; everything that is posted passes through it. */
  redact: (text: string) => string
}

/** The chat side: requests of every platform become jobs, and jobs tell their threads how they go. */
export function createBot({ platforms, redact, ...deps }: BotOptions): Bot {
  const stopping = new AbortController()
  const work = createWork(deps.log)
  const desks = platforms.map(platform =>
    createDesk({ ...deps, platform: redacted(platform, redact), work, signal: stopping.signal }),
  )
  const connected: Platform[] = []
  return {
    start: async () => {
      for (const desk of desks) {
        await desk.platform.start(desk.take)
        connected.push(desk.platform)
        await desk.takeUp()
      }
    },
    stop: async () => {
      stopping.abort()
      await work.settled()
      await Promise.all(connected.map(platform => platform.stop()))
    },
    settled: () => work.settled(),
  }
}

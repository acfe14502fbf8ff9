import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Instructions } from '../engine/instructions/instruction.ts'
import type { Log } from '../log.ts'
import type { Platform } from './platform.ts'

/** What a platform is made with, besides its own part of the configuration. */
export type PlatformDeps = { instructions: () => Instructions; clock: Clock; log: Log }

type MakePlatform = (config: Config, deps: PlatformDeps) => Promise<Platform | null>

/** Every platform: null without its token. Its library is loaded only when it is used. */
const PLATFORMS: readonly MakePlatform[] = [
  async ({ slack }, deps) => slack && (await import('./slack/slack.ts')).createSlack({ ...slack, ...deps }),
]

/** The platforms whose tokens are set; nothing is connected yet. */
export async function configuredPlatforms(config: Config, deps: PlatformDeps): Promise<Platform[]> {
  const made = await Promise.all(PLATFORMS.map(make => make(config, deps)))
  return made.filter(platform => platform !== null)
}

import type { Config } from '../config.ts'
import { gated } from './gate.ts'
import type { Platform } from './platform.ts'
import type { PlatformDeps } from './platform-deps.ts'

type Configured = (config: Config, deps: PlatformDeps) => Promise<Platform | null>

/** Every platform: null without its token. Its library is loaded only when it is used: it takes tens of megabytes. */
const PLATFORMS: readonly Configured[] = [
  async ({ slack }, deps) => slack && (await import('./slack/slack.ts')).createSlack({ ...slack, ...deps }),
  async ({ discord }, deps) => discord && (await import('./discord/discord.ts')).createDiscord({ ...discord, ...deps }),
]

/** The platforms whose tokens are set, for the channels that are allowed; none is connected yet. */
export async function configuredPlatforms(config: Config, deps: PlatformDeps): Promise<Platform[]> {
  const made = (await Promise.all(PLATFORMS.map(make => make(config, deps)))).filter(platform => platform !== null)
  return made.map(platform => gated(platform, config.allowedChannels))
}

import type { Config } from '../config.ts'
import { gated } from './gate.ts'
import type { Platform } from './platform.ts'
import type { PlatformDeps } from './platform-deps.ts'

type Configured = (config: Config, deps: PlatformDeps) => Promise<Platform | null>

/** Every platform: null without its token. Its library is loaded only when it is used: it takes tens of megabytes. */
const PLATFORMS: readonly Configured[] = [
  async ({ slack }, { engine: { instructions, asking }, ...deps }) =>
    slack && (await import('./slack/slack.ts')).createSlack({ ...slack, instructions, asking, ...deps }),
  async ({ discord, allowedChannels }, deps) =>
    discord && gated((await import('./discord/discord.ts')).createDiscord({ ...discord, ...deps }), allowedChannels),
]

/** The platforms whose tokens are set; none is connected yet. */
export async function configuredPlatforms(config: Config, deps: PlatformDeps): Promise<Platform[]> {
  const made = await Promise.all(PLATFORMS.map(make => make(config, deps)))
  return made.filter(platform => platform !== null)
}

import { UserError } from '../errors.ts'
import type { Platform } from './platform.ts'

/**
 * The same platform, except that requests from other places than these keys are refused, in the words of `admit`; without
 * any, none are.
 */
export function gated(platform: Platform, allowedChannels: readonly string[]): Platform {
  if (allowedChannels.length === 0) return platform
  return {
    ...platform,
    start: take =>
      platform.start(async request => {
        const { findPlace } = request
        const admit = async () => {
          if (!allowedChannels.includes(request.place))
            throw new UserError('I may not be used here; nothing was started. Ask in a channel that is meant for me.')
          await request.admit?.()
        }
        await take({ ...request, admit, ...(findPlace && { findPlace: within(findPlace, allowedChannels) }) })
      }),
  }
}

/** The same, except that other places than these are not found. */
function within(findPlace: (name: string) => Promise<string>, allowed: readonly string[]) {
  return async (name: string): Promise<string> => {
    const place = await findPlace(name)
    if (!allowed.includes(place)) throw new UserError('I may not be used there. Name a channel that is meant for me.')
    return place
  }
}

import { holdsOwed } from '../db/delivery.ts'
import type { Teller } from './teller.ts'

/**
 * A teller that tells only while this process holds the thread: before anything is shown it looks, and when another
 * process has taken the thread (this one slept for too long, and counted as dead) it stops without a word.
 */
export function whileHeld(teller: Teller, key: string, owner: string): Pick<Teller, 'platform' | 'signal'> {
  const { db, platform } = teller
  const lost = new AbortController()
  const look = async () => {
    if (await holdsOwed(db, key, owner)) return
    lost.abort()
    throw new Error('another process tells this thread')
  }
  return {
    signal: AbortSignal.any([teller.signal, lost.signal]),
    platform: {
      ...platform,
      post: async (...given) => {
        await look()
        return await platform.post(...given)
      },
      edit: async (...given) => {
        await look()
        await platform.edit(...given)
      },
    },
  }
}

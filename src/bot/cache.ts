import type { Clock } from '../clock.ts'

/** Answers of a slow question, each kept for a while; asked once however many want it at a time. */
export type Cache<T> = { get(key: string): Promise<T>; forget(key: string): void }

/** More than these are not kept: a workspace can have a hundred thousand people. */
const MOST = 5000

export function createCache<T>(clock: Clock, keptMs: number, ask: (key: string) => Promise<T>): Cache<T> {
  const kept = new Map<string, { answer: Promise<T>; until: number }>()
  return {
    get: key => {
      const now = clock.now().getTime()
      const known = kept.get(key)
      if (known && known.until > now) return known.answer
      const answer = ask(key)
      if (kept.size >= MOST) kept.clear()
      kept.set(key, { answer, until: now + keptMs })
      answer.catch(() => kept.delete(key)) // a failure is asked anew
      return answer
    },
    forget: key => void kept.delete(key),
  }
}

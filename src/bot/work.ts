import type { Log } from '../log.ts'

/** What goes on beside the one who began it: nobody waits for it but a stop. */
export type Work = {
  /** Notes a piece of work under way; what it throws is a bug and is logged with `about`. */
  add(work: Promise<unknown>, about: Record<string, string>): void
  /** Resolves once nothing is under way, what was added in between included. */
  settled(): Promise<void>
}

export function createWork(log: Log): Work {
  const underWay = new Set<Promise<unknown>>()
  return {
    add: (work, about) => {
      const ended = work
        .catch(error => log.error({ err: error, ...about }, 'something broke'))
        .finally(() => underWay.delete(ended))
      underWay.add(ended)
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

import { vi } from 'vitest'

/**
 * Looks until it does not throw any more, and gives what it gives then; throws what it threw last when half a minute
 * has passed, which is for what never comes, not for what a busy machine keeps waiting.
 */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(look, { timeout: 30_000, interval: 10 })

import type { Spent, Usage } from '../job.ts'

export const NOTHING_SPENT: Spent = { costUsd: 0, usage: null }

/** Both together. */
export const plus = (a: Spent, b: Spent): Spent => ({
  costUsd: a.costUsd + b.costUsd,
  usage: combine(a.usage, b.usage, (x, y) => x + y),
})

/** What was used since `before`, when an agent counts its session up; never below nothing. */
export const since = (before: Spent, now: Spent): Spent => ({
  costUsd: Math.max(0, now.costUsd - before.costUsd),
  usage: now.usage && combine(now.usage, before.usage, (x, y) => Math.max(0, x - y)),
})

/** Whichever is more by its cost: of two counts of the same use, one may have missed something. */
export const larger = (a: Spent, b: Spent): Spent =>
  a.costUsd >= b.costUsd ? { ...a, usage: a.usage ?? b.usage } : { ...b, usage: b.usage ?? a.usage }

/** All tokens together; 0 where nothing is known of them. */
export const tokensOf = ({ usage }: Spent): number => Object.values(usage ?? {}).reduce((sum, n) => sum + n, 0)

const NO_TOKENS: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

function combine(a: Usage | null, b: Usage | null, op: (x: number, y: number) => number): Usage | null {
  if (!a && !b) return null
  const [x, y] = [a ?? NO_TOKENS, b ?? NO_TOKENS]
  return {
    inputTokens: op(x.inputTokens, y.inputTokens),
    outputTokens: op(x.outputTokens, y.outputTokens),
    cacheReadTokens: op(x.cacheReadTokens, y.cacheReadTokens),
    cacheWriteTokens: op(x.cacheWriteTokens, y.cacheWriteTokens),
  }
}

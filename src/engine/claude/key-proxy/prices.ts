import { z } from 'zod'
import type { Spent } from '../../../job.ts'

const count = z.number().nonnegative().nullish()
/** What the API counts of one call; anything may be missing, since a gateway may say less. */
export const usageShape = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.object({ ephemeral_1h_input_tokens: count }).nullish(),
  server_tool_use: z.object({ web_search_requests: count }).nullish(),
  inference_geo: z.string().nullish(),
  speed: z.string().nullish(),
})
export type CallUsage = z.infer<typeof usageShape>

/** Dollars for a million tokens. Writing to the cache costs 1.25 times the input, for an hour twice. */
type Price = { input: number; output: number; cacheRead: number }
const price = (input: number, output: number, cacheRead: number): Price => ({ input, output, cacheRead })

/**
 * The list prices of platform.claude.com/docs/en/about-claude/pricing, as of November 2026. CLI 2.1.329 counts the same
 * for the models that it knows; Fable 5.2 is in the CLI alone.
 */
const PRICES: Record<string, Price> = {
  'claude-fable-5-2': price(8, 40, 0.2),
  'claude-fable-5-1': price(10, 50, 0.25),
  'claude-mythos-5-1': price(10, 50, 0.25),
  'claude-fable-5': price(10, 50, 1),
  'claude-mythos-5': price(10, 50, 1),
  'claude-opus-5-5': price(4, 20, 0.2),
  'claude-opus-5': price(5, 25, 0.5),
  'claude-opus-4-8': price(5, 25, 0.5),
  'claude-opus-4-7': price(5, 25, 0.5),
  'claude-opus-4-6': price(5, 25, 0.5),
  'claude-opus-4-5': price(5, 25, 0.5),
  'claude-opus-4-1': price(15, 75, 1.5),
  'claude-opus-4-0': price(15, 75, 1.5),
  'claude-opus-4': price(15, 75, 1.5),
  'claude-sonnet-5-5': price(2, 10, 0.1),
  'claude-sonnet-5': price(2, 10, 0.2),
  'claude-sonnet-4-6': price(3, 15, 0.3),
  'claude-sonnet-4-5': price(3, 15, 0.3),
  'claude-sonnet-4-0': price(3, 15, 0.3),
  'claude-sonnet-4': price(3, 15, 0.3),
  'claude-3-7-sonnet': price(3, 15, 0.3),
  'claude-haiku-5-5': price(0.1, 0.5, 0.01),
  'claude-haiku-4-5': price(1, 5, 0.1),
  'claude-3-5-haiku': price(0.8, 4, 0.08),
}

/** Of a model that is not in the table the dearest price counts: a cap is to hold, not to be passed unseen. */
const DEAREST = price(15, 75, 1.5)

/** Haiku 5.5 costs five times as much, answer included, when its prompt is longer than this. */
const LONG_PROMPT = { model: 'claude-haiku-5-5', aboveTokens: 100_000, factor: 5 }
const WEB_SEARCH_USD = 0.01
/** For `inference_geo: us`. */
const US_FACTOR = 1.1
/** The highest premium of the fast mode; others are lower, and nothing of ours asks for it. */
const FAST_FACTOR = 6

/** What a call used, in tokens and in dollars by the list. */
export function spentOn(model: string | null, usage: CallUsage): Spent {
  const inputTokens = usage.input_tokens ?? 0
  const outputTokens = usage.output_tokens ?? 0
  const cacheReadTokens = usage.cache_read_input_tokens ?? 0
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0
  const forAnHour = Math.min(cacheWriteTokens, usage.cache_creation?.ephemeral_1h_input_tokens ?? 0)
  const { input, output, cacheRead } = priceOf(model) ?? DEAREST
  const tokens =
    input * (inputTokens + 1.25 * (cacheWriteTokens - forAnHour) + 2 * forAnHour) +
    output * outputTokens +
    cacheRead * cacheReadTokens
  const isLong = inputTokens + cacheReadTokens + cacheWriteTokens > LONG_PROMPT.aboveTokens
  const factor =
    (isLong && nameOf(model) === LONG_PROMPT.model ? LONG_PROMPT.factor : 1) *
    (usage.inference_geo === 'us' ? US_FACTOR : 1) *
    (usage.speed === 'fast' ? FAST_FACTOR : 1)
  const searches = (usage.server_tool_use?.web_search_requests ?? 0) * WEB_SEARCH_USD
  return {
    costUsd: (tokens / 1e6) * factor + searches,
    usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens },
  }
}

/** True when the table has the model; else the dearest price is what counts. */
export const isPriced = (model: string): boolean => priceOf(model) !== null

function priceOf(model: string | null): Price | null {
  const name = nameOf(model)
  return Object.hasOwn(PRICES, name) ? (PRICES[name] ?? null) : null
}

/** The model without its date, and without what gateways and the CLI put around it. */
const nameOf = (model: string | null): string =>
  /claude-[a-z0-9-]*[a-z0-9]/.exec(model ?? '')?.[0].replace(/-(\d{8}|latest)$/, '') ?? ''

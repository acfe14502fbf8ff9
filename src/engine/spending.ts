import type { Clock } from '../clock.ts'
import { type AttemptKey, findOpenAttempt, setSpent } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { addSpent } from '../db/ledger.ts'
import type { Spent } from '../job.ts'
import type { Log } from '../log.ts'
import type { ModelCall } from './agent.ts'
import { NOTHING_SPENT, plus, since, tokensOf } from './spent.ts'

/** What an attempt uses, call by call: stored as it comes, so that a server that is killed forgets no call. */
export type Spending = {
  take(call: ModelCall): void
  total(): Spent
}

type SpendingDeps = { commit: Commit; clock: Clock; log: Log; owner: string }

export function trackSpending(deps: SpendingDeps, key: AttemptKey): Spending {
  let total = NOTHING_SPENT
  const unpriced = new Set<string | null>()
  const store = async () => {
    try {
      await deps.commit(trx => bookSpent(trx, key, deps.owner, total, deps.clock.now()), 'relaxed')
    } catch (error) {
      // The next call, or the end of the attempt, books all that was used until then.
      deps.log.error({ err: error, job: key.job }, 'what a call used could not be stored yet')
    }
  }
  return {
    take: call => {
      const { model, status, requestId, error } = call
      if (error !== null)
        deps.log.info({ job: key.job, model, status, requestId, error }, 'a call to the model was cut')
      if (!call.isPriced && !unpriced.has(model)) {
        unpriced.add(model)
        deps.log.warn({ job: key.job, model }, 'the price of this model is not known; the dearest one is counted')
      }
      if (call.spent.costUsd === 0 && tokensOf(call.spent) === 0) return
      total = plus(total, call.spent)
      void store()
    },
    total: () => total,
  }
}

/**
 * Stores what an attempt has used by now, and adds to the ledger what that is more than was stored before: the ledger is
 * always the sum of the attempts. Call it in a transaction; for an attempt that has ended or is not the owner's it
 * does nothing.
 */
export async function bookSpent(trx: Db, key: AttemptKey, owner: string, spent: Spent, at: Date): Promise<void> {
  const attempt = await findOpenAttempt(trx, key, owner)
  if (!attempt) return
  await setSpent(trx, key, spent)
  const more = since(attempt.spent, spent)
  const scopes = ['global', attempt.actor, `instruction:${attempt.instruction}`]
  await addSpent(trx, scopes, at, { costUsd: more.costUsd, tokens: tokensOf(more) })
}

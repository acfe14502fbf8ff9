import type { Clock } from '../clock.ts'
import { type AttemptKey, findOpenAttempt, setSpent } from '../db/attempt.ts'
import type { Commit } from '../db/commit.ts'
import type { Db } from '../db/connect.ts'
import { addSpent, type LedgerTime } from '../db/ledger.ts'
import type { Spent } from '../job.ts'
import type { Log } from '../log.ts'
import type { ModelCall } from './agent.ts'
import { renewFunds } from './limits/fund.ts'
import { type Limits, scopesOf } from './limits/names.ts'
import { endTrial } from './limits/pauses.ts'
import { NOTHING_SPENT, plus, since, tokensOf } from './spent.ts'

/** What an attempt uses, call by call: stored as it comes, so that a server that is killed forgets no call. */
export type Spending = {
  take(call: ModelCall): void
  total(): Spent
  /** False once the budgets that hold for the job have nothing left for it. */
  isFunded(): boolean
  /** What the API last said of the account's limits when it refused a call. */
  refusal(): Readonly<Record<string, string>>
}

type SpendingDeps = {
  commit: Commit
  clock: Clock
  log: Log
  owner: string
  /** Days and months of the ledger go by its clocks. */
  defaultTimezone: string
  limits(db: Db): Promise<Limits>
  tellAdmins(trx: Db, text: string): Promise<void>
}

/** `capUsd`: what the attempt may use of its job's own cap; null without one. */
export function trackSpending(deps: SpendingDeps, key: AttemptKey, capUsd: () => number | null): Spending {
  let total = NOTHING_SPENT
  let funded = true
  let refusal: Readonly<Record<string, string>> = {}
  const unpriced = new Set<string | null>()
  const store = async () => {
    try {
      funded = await deps.commit(trx => bookCall(trx, deps, key, total, capUsd()), 'relaxed')
    } catch (error) {
      // The next call, or the end of the attempt, books all that was used until then.
      deps.log.error({ err: error, job: key.job }, 'what a call used could not be stored yet')
    }
  }
  return {
    take: call => {
      const { model, status, requestId, error } = call
      if (status === 429) refusal = call.limits
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
    isFunded: () => funded,
    refusal: () => refusal,
  }
}

/** Books what an answered call used, and sets aside what may be used further; false when there is nothing for it. */
async function bookCall(
  trx: Db,
  { owner, clock, log, limits, defaultTimezone, tellAdmins }: SpendingDeps,
  key: AttemptKey,
  spent: Spent,
  capUsd: number | null,
): Promise<boolean> {
  const now = clock.now()
  const job = await bookSpent(trx, key, owner, spent, { at: now, zone: defaultTimezone })
  if (!job) return true
  await endTrial(trx, now)
  const { costUsd: spentUsd } = spent
  const funded = { ...job, spentUsd, capLeft: capUsd === null ? null : capUsd - spentUsd }
  return await renewFunds(trx, await limits(trx), key, funded, { now, log, tellAdmins })
}

/**
 * Stores what an attempt has used by now, and adds to the ledger what that is more than was stored before: the ledger is
 * always the sum of the attempts. Gives whose it is. Call it in a transaction; for an attempt that has ended or is not
 * the owner's it does nothing and gives null.
 */
export async function bookSpent(
  trx: Db,
  key: AttemptKey,
  owner: string,
  spent: Spent,
  time: LedgerTime,
): Promise<{ actor: string; place: string; instruction: string } | null> {
  const attempt = await findOpenAttempt(trx, key, owner)
  if (!attempt) return null
  await setSpent(trx, key, spent)
  const more = since(attempt.spent, spent)
  await addSpent(trx, scopesOf(attempt), time, { costUsd: more.costUsd, tokens: tokensOf(more) })
  return attempt
}

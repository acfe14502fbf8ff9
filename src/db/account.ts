import type { Db } from './connect.ts'

const KEY = 'account'

/**
 * Notes which account is used from now on; true where it was another one until now. `mark` tells accounts apart and
 * nothing else of them. Call it in a transaction.
 */
export async function noteAccount(trx: Db, mark: string): Promise<boolean> {
  const before = await trx.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst()
  await trx
    .insertInto('meta')
    .values({ key: KEY, value: mark })
    .onConflict(oc => oc.column('key').doUpdateSet({ value: mark }))
    .execute()
  return before !== undefined && before.value !== mark
}

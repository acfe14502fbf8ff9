import { limits as limitsSchema } from '../admin/api/limits.ts'
import { limitsLines } from '../bot/limits-text.ts'
import type { LimitChange } from '../engine/limits/change.ts'
import { readAmount } from '../engine/limits/names.ts'
import { UserError } from '../errors.ts'
import { SYSTEM_ZONE } from '../zone.ts'
import { posting } from './client.ts'
import type { Verb } from './verb.ts'

export const limits: Verb = {
  name: 'limits',
  args: '[scope] [name] [value]',
  about: 'every limit with what is used of it; or changes one: errand limits global concurrent 3 (none takes it away)',
  options: [['--json', 'as JSON, as GET /api/limits gives it']],
  act: async ({ client, clock, say, json }, [scope, name, value], options) => {
    const change = scope === undefined ? {} : { ...posting([changeOf(scope, name, value)]), method: 'PUT' }
    const { body, value: all } = await client.read('/api/limits', limitsSchema, change)
    if (options.json) json(body)
    else say(limitsLines(all, { now: clock.now(), zone: SYSTEM_ZONE }))
    return 0
  },
}

function changeOf(scope: string, name: string | undefined, value: string | undefined): LimitChange {
  if (name === undefined || !value?.trim())
    throw new UserError('A change needs a scope, a name and a number: errand limits global concurrent 3.')
  return { scope, name, value: value === 'none' ? null : readAmount(value) }
}

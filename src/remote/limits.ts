import { z } from 'zod'
import { limits as limitsSchema } from '../admin/api/limits.ts'
import { limitsLines } from '../bot/limits-text.ts'
import { UserError } from '../errors.ts'
import { SYSTEM_ZONE } from '../zone.ts'
import { posting } from './client.ts'
import type { Verb } from './verb.ts'

const number = z.union([z.literal('none').transform(() => null), z.string().regex(/\S/).pipe(z.coerce.number())])

export const limits: Verb = {
  name: 'limits',
  args: '[scope] [name] [value]',
  about: 'every limit with what is used of it; or changes one: errand limits global concurrent 3 (none takes it away)',
  options: [['--json', 'as JSON, as GET /api/limits gives it']],
  act: async ({ client, clock, say, json }, [scope, name, value], options) => {
    const parsed = number.safeParse(value)
    if (scope !== undefined && (name === undefined || value === undefined || !parsed.success)) {
      throw new UserError('A change needs a scope, a name and a number: errand limits global concurrent 3.')
    }
    const change = scope === undefined ? {} : { ...posting([{ scope, name, value: parsed.data }]), method: 'PUT' }
    const { body, value: all } = await client.read('/api/limits', limitsSchema, change)
    if (options.json) json(body)
    else say(limitsLines(all, { now: clock.now(), zone: SYSTEM_ZONE }))
    return 0
  },
}

import type { z } from 'zod'

/** One fault that a schema found: where, as a path into the data, and a sentence about it. */
export type SchemaFault = { path: PropertyKey[]; message: string }

/** What zod calls a thing, and what a person who writes YAML calls it. */
const NOUNS: Record<string, string> = {
  string: 'text (in quotes if it looks like something else)',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
}
const UNITS: Record<string, string> = { string: ' characters', array: ' items' }

/** Zod's findings in our words: what follows the name of the thing. Messages that a schema brings itself come first. */
export const schemaWords: z.core.$ZodErrorMap = issue => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required: add it' : `must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'too_small':
      return issue.origin in UNITS ? 'must not be empty' : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'invalid_key':
      return issue.issues[0]?.message
    case 'unrecognized_keys':
      return 'is not a key that I know: remove it or correct its name'
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`
    case 'invalid_union':
      return `must be one of ${[issue.options].flat().join(', ')}`
    default:
      return undefined
  }
}

/** The faults of an error made with `schemaWords`, one for each wrong value and each wrong key; `whole` names it all. */
export function faultsOf(error: Pick<z.ZodError, 'issues'>, whole: string): SchemaFault[] {
  return error.issues.flatMap(issue => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path]
    return paths.map(path => ({ path, message: `${nameOf(path, whole)} ${issue.message}.` }))
  })
}

function nameOf(path: readonly PropertyKey[], whole: string): string {
  const last = path.at(-1)
  if (last === undefined) return whole
  const keys = path.filter(part => typeof part !== 'number').join('.')
  if (typeof last !== 'number') return `\`${keys}\``
  return keys === '' ? `Item ${last + 1}` : `Item ${last + 1} of \`${keys}\``
}

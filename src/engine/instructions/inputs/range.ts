type Range<Value> = { min?: Value | undefined; max?: Value | undefined }

/** False for a range that nothing can lie in. Days as `YYYY-MM-DD` compare as texts do. */
export const isOrdered = <Value extends number | string>({ min, max }: Range<Value>): boolean =>
  min === undefined || max === undefined || min <= max

/** What a definition hears whose range is not ordered. */
export const NOT_ORDERED = { path: ['max'], error: 'must not be below `min`' }

/** The range of a number, in words that follow its noun. */
export function rangeWords({ min, max }: Range<number>): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

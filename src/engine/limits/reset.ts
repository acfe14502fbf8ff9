/**
 * When the account's window begins anew, by what the API's headers say: `retry-after` in seconds, resets as a Unix
 * time (of logins) or ISO 8601 (of keys). Of several that are used up the last one counts; null where none says it.
 */
export function resetFrom(headers: Readonly<Record<string, string>>, now: Date): Date | null {
  const unified = readTime(headers['anthropic-ratelimit-unified-reset'])
  if (unified) return unified
  const resets = Object.keys(headers)
    .filter(name => /^anthropic-ratelimit-.+-remaining$/.test(name) && Number(headers[name]) === 0)
    .map(name => readTime(headers[name.replace(/remaining$/, 'reset')]))
    .filter(time => time !== null)
  const last = resets.toSorted((a, b) => b.getTime() - a.getTime())[0]
  if (last) return last
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) ? new Date(now.getTime() + seconds * 1000) : null
}

/** A Unix time in seconds, or ISO 8601. */
function readTime(text: string | undefined): Date | null {
  if (text === undefined) return null
  const time = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text)
  return Number.isNaN(time.getTime()) ? null : time
}

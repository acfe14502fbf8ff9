/**
 * When the account's window begins anew, by what the API's headers say: `retry-after` in seconds or as a date, resets as
 * a Unix time (of logins) or ISO 8601 (of keys). Of several that are used up the last one counts; null where none says
 * it.
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
  const after = headers['retry-after'] ?? ''
  return /^\d+(\.\d+)?$/.test(after) ? new Date(now.getTime() + Number(after) * 1000) : readTime(after)
}

/** A Unix time in seconds, ISO 8601, or a date of HTTP. */
function readTime(text: string | undefined): Date | null {
  if (text === undefined) return null
  const time = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text)
  return Number.isNaN(time.getTime()) ? null : time
}

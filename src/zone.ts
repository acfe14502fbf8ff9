/** The zone of this machine. */
export const SYSTEM_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** True for the name of a time zone that there is: `Europe/Berlin`, `UTC`. */
export function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false // it throws a RangeError for every other text
  }
}

/** A moment as people of a zone write it: `Mon, 23 Nov 2026, 09:00`. */
export const momentIn = (at: Date, timezone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    ...({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const),
    ...({ hour: '2-digit', minute: '2-digit', timeZone: timezone } as const),
  }).format(at)

/** By how many minutes the clocks of a zone are ahead of UTC at a moment. */
export function offsetIn(at: Date, timezone: string): number {
  const wall = at.toLocaleString('sv', { timeZone: timezone }) // `2026-11-23 09:00:00`
  return Math.round((Date.parse(`${wall.replace(' ', 'T')}Z`) - at.getTime()) / 60_000)
}
